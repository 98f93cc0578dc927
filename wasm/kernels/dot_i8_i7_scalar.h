// The definition.
#pragma once

#include "base/platform.h"

namespace elanus {

inline int32_t dot_i8_i7_scalar(const int8_t* a, const uint8_t* b, uint32_t element_count) {
  int32_t sum = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    sum += static_cast<int32_t>(a[index]) * static_cast<int32_t>(b[index]);
  }
  return sum;
}

}  // namespace elanus
