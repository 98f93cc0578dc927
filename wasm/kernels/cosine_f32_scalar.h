// The definition: float64 sums in order, rounded once. Zero vectors are told by the float32 norm, as
// in the SIMD kernel.
#pragma once

#include "kernels/cosine_f32_simd.h"

namespace elanus {

inline float cosine_f32_scalar(const float* a, const float* b, uint32_t element_count) {
  double product = 0;
  double norm_a = 0;
  double norm_b = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    const double value_a = a[index];
    const double value_b = b[index];
    product += value_a * value_b;
    norm_a += value_a * value_a;
    norm_b += value_b * value_b;
  }
  if (static_cast<float>(norm_a) == 0 || static_cast<float>(norm_b) == 0) return 0;
  const double cosine = product / (__builtin_sqrt(norm_a) * __builtin_sqrt(norm_b));
  return clamp_cosine(static_cast<float>(cosine));
}

}  // namespace elanus
