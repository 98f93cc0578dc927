// Four rows with two: all keys between them, key (i, j) in keys[2 i + j]. A space that shares what it
// loads says how; any other compares pair by pair.
#pragma once

#include "base/platform.h"

namespace elanus {

template <typename Space>
inline void keys_in_tile(const Space& space, const uint32_t* a, const uint32_t* b, float* keys) {
  if constexpr (requires { space.keys_in_tile(a, b, keys); }) {
    space.keys_in_tile(a, b, keys);
  } else {
    for (uint32_t index = 0; index < 8; index++) {
      keys[index] = space.key_between(a[index >> 1], b[index & 1], __builtin_inff());
    }
  }
}

}  // namespace elanus
