// Where the first value that is not a finite number stands: those have all exponent bits set.
#pragma once

#include "base/platform.h"

namespace elanus {

constexpr uint32_t kExponentMask = 0x7f800000u;

inline v128_t is_non_finite_f32x4(const float* values) {
  const v128_t mask = wasm_i32x4_const_splat(static_cast<int32_t>(kExponentMask));
  return wasm_i32x4_eq(wasm_v128_and(wasm_v128_load(values), mask), mask);
}

inline bool is_non_finite_f32(const float* value) {
  uint32_t bits;
  __builtin_memcpy(&bits, value, sizeof bits);
  return (bits & kExponentMask) == kExponentMask;
}

// The index, or -1 when all are finite.
inline int32_t first_non_finite_f32_simd(const float* values, uint32_t element_count) {
  uint32_t index = 0;
  for (; index + 16 <= element_count; index += 16) {
    const float* values16 = values + index;
    const v128_t low = wasm_v128_or(is_non_finite_f32x4(values16), is_non_finite_f32x4(values16 + 4));
    const v128_t high =
        wasm_v128_or(is_non_finite_f32x4(values16 + 8), is_non_finite_f32x4(values16 + 12));
    if (wasm_v128_any_true(wasm_v128_or(low, high))) break;
  }
  for (; index < element_count; index++) {
    if (is_non_finite_f32(values + index)) return static_cast<int32_t>(index);
  }
  return -1;
}

}  // namespace elanus
