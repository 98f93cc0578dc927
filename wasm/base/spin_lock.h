// Locks of one byte, for lists that are held for microseconds. A thread that was terminated with a
// lock held never gives it back, so waiting has an end: the caller fails its build.
#pragma once

#include "base/platform.h"

namespace elanus {

constexpr uint32_t kSpinCountMax = 1u << 30;

inline bool acquire_lock(uint8_t* lock) {
  for (uint32_t spin = 0; spin < kSpinCountMax; spin++) {
    if (__atomic_load_n(lock, __ATOMIC_RELAXED) == 0 &&
        __atomic_exchange_n(lock, uint8_t{1}, __ATOMIC_ACQUIRE) == 0) {
      return true;
    }
  }
  return false;
}

inline void release_lock(uint8_t* lock) { __atomic_store_n(lock, uint8_t{0}, __ATOMIC_RELEASE); }

}  // namespace elanus
