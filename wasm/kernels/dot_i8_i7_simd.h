// Inner product of signed 8-bit numbers with numbers from 0 to 127, exact in 32 bits.
//
// Relaxed SIMD has one instruction for sixteen of them. It may take the second operand for signed or
// unsigned, and may saturate pairs in 16 bits: with 7 bits there both readings agree and nothing
// saturates, so the result is the same everywhere. `element_count` is a multiple of 16; vectors are
// padded with zeros. At most 2^17 elements, or the sum would leave 32 bits.
#pragma once

#include "base/platform.h"

namespace elanus {

inline v128_t dot_add_i8x16_i7x16(v128_t a, v128_t b, v128_t sum) {
#ifdef __wasm_relaxed_simd__
  return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(a, b, sum);
#else
  const v128_t low = wasm_i16x8_extmul_low_i8x16(a, b);
  const v128_t high = wasm_i16x8_extmul_high_i8x16(a, b);
  const v128_t pairs = wasm_i32x4_add(wasm_i32x4_extadd_pairwise_i16x8(low),
                                      wasm_i32x4_extadd_pairwise_i16x8(high));
  return wasm_i32x4_add(sum, pairs);
#endif
}

inline int32_t sum_lanes_i32x4(v128_t lanes) {
  const v128_t pair = wasm_i32x4_add(lanes, wasm_i32x4_shuffle(lanes, lanes, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(pair, 0) + wasm_i32x4_extract_lane(pair, 1);
}

inline int32_t dot_i8_i7_simd(const int8_t* a, const uint8_t* b, uint32_t element_count) {
  v128_t sum0_i32x4 = wasm_i32x4_const_splat(0);
  v128_t sum1_i32x4 = sum0_i32x4;
  uint32_t index = 0;
  for (; index + 32 <= element_count; index += 32) {
    const v128_t a0 = wasm_v128_load(a + index);
    const v128_t a1 = wasm_v128_load(a + index + 16);
    sum0_i32x4 = dot_add_i8x16_i7x16(a0, wasm_v128_load(b + index), sum0_i32x4);
    sum1_i32x4 = dot_add_i8x16_i7x16(a1, wasm_v128_load(b + index + 16), sum1_i32x4);
  }
  if (index < element_count) {
    const v128_t a0 = wasm_v128_load(a + index);
    sum0_i32x4 = dot_add_i8x16_i7x16(a0, wasm_v128_load(b + index), sum0_i32x4);
  }
  return sum_lanes_i32x4(wasm_i32x4_add(sum0_i32x4, sum1_i32x4));
}

}  // namespace elanus
