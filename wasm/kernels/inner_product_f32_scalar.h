// The definition: float64 sums in order, rounded once.
#pragma once

#include "base/platform.h"

namespace elanus {

inline float inner_product_f32_scalar(const float* a, const float* b, uint32_t element_count) {
  double sum = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    sum += static_cast<double>(a[index]) * static_cast<double>(b[index]);
  }
  return static_cast<float>(sum);
}

}  // namespace elanus
