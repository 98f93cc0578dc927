#pragma once

#include "base/platform.h"

namespace elanus {

// Bit i is bit (i & 7) of byte (i >> 3), as the callers write it.
inline bool has_bit(const uint8_t* bits, uint32_t index) {
  return (bits[index >> 3] >> (index & 7)) & 1;
}

// Sets the bit and tells whether it was set before.
inline bool test_and_set_bit(uint8_t* bits, uint32_t index) {
  uint32_t* word = reinterpret_cast<uint32_t*>(bits) + (index >> 5);
  const uint32_t mask = 1u << (index & 31);
  const uint32_t before = *word;
  *word = before | mask;
  return (before & mask) != 0;
}

}  // namespace elanus
