// The definition: a number that is not finite differs from itself when multiplied by zero.
#pragma once

#include "base/platform.h"

namespace elanus {

inline int32_t first_non_finite_f32_scalar(const float* values, uint32_t element_count) {
  for (uint32_t index = 0; index < element_count; index++) {
    if (values[index] * 0.0f != 0.0f) return static_cast<int32_t>(index);
  }
  return -1;
}

}  // namespace elanus
