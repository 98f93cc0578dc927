// Distances of vectors of signed bytes, in integers: exact, but for the one rounding to float32 and
// the roots of the cosine, which is within 4 ULP of 1.
//
// At most 32,768 elements: the largest square of a difference, 255², so many times, is the most that
// 32 bits hold.
#pragma once

#include "kernels/cosine_f32_simd.h"
#include "kernels/dot_i8_i7_simd.h"

namespace elanus {

// Calls `add` with eight elements of each vector, as 16-bit numbers, zeros behind the last.
template <typename Add>
inline void for_each_i16x8(const int8_t* a, const int8_t* b, uint32_t element_count, Add add) {
  uint32_t index = 0;
  for (; index + 16 <= element_count; index += 16) {
    const v128_t a16 = wasm_v128_load(a + index);
    const v128_t b16 = wasm_v128_load(b + index);
    add(wasm_i16x8_extend_low_i8x16(a16), wasm_i16x8_extend_low_i8x16(b16));
    add(wasm_i16x8_extend_high_i8x16(a16), wasm_i16x8_extend_high_i8x16(b16));
  }
  for (; index < element_count; index++) {
    const v128_t zero = wasm_i16x8_const_splat(0);
    add(wasm_i16x8_replace_lane(zero, 0, a[index]), wasm_i16x8_replace_lane(zero, 0, b[index]));
  }
}

inline float squared_l2_i8_simd(const int8_t* a, const int8_t* b, uint32_t element_count) {
  v128_t sum_i32x4 = wasm_i32x4_const_splat(0);
  for_each_i16x8(a, b, element_count, [&](v128_t a8, v128_t b8) {
    const v128_t difference = wasm_i16x8_sub(a8, b8);
    sum_i32x4 = wasm_i32x4_add(sum_i32x4, wasm_i32x4_dot_i16x8(difference, difference));
  });
  return static_cast<float>(sum_lanes_i32x4(sum_i32x4));
}

inline float inner_product_i8_simd(const int8_t* a, const int8_t* b, uint32_t element_count) {
  v128_t sum_i32x4 = wasm_i32x4_const_splat(0);
  for_each_i16x8(a, b, element_count, [&](v128_t a8, v128_t b8) {
    sum_i32x4 = wasm_i32x4_add(sum_i32x4, wasm_i32x4_dot_i16x8(a8, b8));
  });
  return static_cast<float>(sum_lanes_i32x4(sum_i32x4));
}

inline float inverse_norm_i8_simd(const int8_t* values, uint32_t element_count) {
  return inverse_norm(inner_product_i8_simd(values, values, element_count));
}

// With the query's length known: the product and the row's length in one pass.
inline float scaled_cosine_i8_simd(const int8_t* query, float query_inverse_norm,
                                   const int8_t* row, uint32_t element_count) {
  v128_t product_i32x4 = wasm_i32x4_const_splat(0);
  v128_t square_i32x4 = product_i32x4;
  for_each_i16x8(query, row, element_count, [&](v128_t a8, v128_t b8) {
    product_i32x4 = wasm_i32x4_add(product_i32x4, wasm_i32x4_dot_i16x8(a8, b8));
    square_i32x4 = wasm_i32x4_add(square_i32x4, wasm_i32x4_dot_i16x8(b8, b8));
  });
  const float product = static_cast<float>(sum_lanes_i32x4(product_i32x4));
  const float square = static_cast<float>(sum_lanes_i32x4(square_i32x4));
  return product * (query_inverse_norm * inverse_norm(square));
}

inline float cosine_i8_simd(const int8_t* a, const int8_t* b, uint32_t element_count) {
  const float inverse_norm_a = inverse_norm_i8_simd(a, element_count);
  return clamp_cosine(scaled_cosine_i8_simd(a, inverse_norm_a, b, element_count));
}

}  // namespace elanus
