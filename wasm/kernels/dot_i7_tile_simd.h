// Inner products of four vectors with two, of numbers from 0 to 127: what is loaded once is used
// two or four times, so that the speed is that of the arithmetic. Exact, as dot_i8_i7 is.
// `element_count` is a multiple of 16.
#pragma once

#include "kernels/dot_i8_i7_simd.h"

namespace elanus {

// Product (i, j) goes to products[2 i + j].
inline void dot_i7_4x2_simd(const uint8_t* const a[4], const uint8_t* const b[2],
                            uint32_t element_count, int32_t* products) {
  v128_t sums_i32x4[8];
  for (uint32_t index = 0; index < 8; index++) sums_i32x4[index] = wasm_i32x4_const_splat(0);
  const uint8_t* a0 = a[0];
  const uint8_t* a1 = a[1];
  const uint8_t* a2 = a[2];
  const uint8_t* a3 = a[3];
  const uint8_t* b0 = b[0];
  const uint8_t* b1 = b[1];
  for (uint32_t index = 0; index < element_count; index += 16) {
    const v128_t right0 = wasm_v128_load(b0 + index);
    const v128_t right1 = wasm_v128_load(b1 + index);
    v128_t left = wasm_v128_load(a0 + index);
    sums_i32x4[0] = dot_add_i8x16_i7x16(left, right0, sums_i32x4[0]);
    sums_i32x4[1] = dot_add_i8x16_i7x16(left, right1, sums_i32x4[1]);
    left = wasm_v128_load(a1 + index);
    sums_i32x4[2] = dot_add_i8x16_i7x16(left, right0, sums_i32x4[2]);
    sums_i32x4[3] = dot_add_i8x16_i7x16(left, right1, sums_i32x4[3]);
    left = wasm_v128_load(a2 + index);
    sums_i32x4[4] = dot_add_i8x16_i7x16(left, right0, sums_i32x4[4]);
    sums_i32x4[5] = dot_add_i8x16_i7x16(left, right1, sums_i32x4[5]);
    left = wasm_v128_load(a3 + index);
    sums_i32x4[6] = dot_add_i8x16_i7x16(left, right0, sums_i32x4[6]);
    sums_i32x4[7] = dot_add_i8x16_i7x16(left, right1, sums_i32x4[7]);
  }
  for (uint32_t index = 0; index < 8; index++) {
    products[index] = sum_lanes_i32x4(sums_i32x4[index]);
  }
}

}  // namespace elanus
