// The definitions.
#pragma once

#include "base/platform.h"

namespace elanus {

inline float hamming_b1_scalar(const uint8_t* a, const uint8_t* b, uint32_t byte_count) {
  uint32_t count = 0;
  for (uint32_t index = 0; index < byte_count; index++) {
    count += static_cast<uint32_t>(__builtin_popcount(a[index] ^ b[index]));
  }
  return static_cast<float>(count);
}

inline float jaccard_b1_scalar(const uint8_t* a, const uint8_t* b, uint32_t byte_count) {
  uint32_t both = 0;
  uint32_t either = 0;
  for (uint32_t index = 0; index < byte_count; index++) {
    both += static_cast<uint32_t>(__builtin_popcount(a[index] & b[index]));
    either += static_cast<uint32_t>(__builtin_popcount(a[index] | b[index]));
  }
  if (either == 0) return 1;
  return static_cast<float>(static_cast<double>(either - both) / static_cast<double>(either));
}

}  // namespace elanus
