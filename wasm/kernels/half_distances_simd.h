// A float32 query against a row of halves, which are widened in registers: half the memory of a
// float32 row is read.
//
// Precision: widening is exact, so the bounds are those of the float32 kernels with half as many
// sums: (element_count / 8 + 8) ULP of the result for the squared distance and of the sum of the
// terms' magnitudes for the inner product, (element_count / 8 + 12) ULP of 1 for the cosine.
#pragma once

#include "kernels/cosine_f32_simd.h"
#include "kernels/half.h"

namespace elanus {

// Calls `add` with four numbers of the query and the same of the row, zeros behind the last.
template <typename Half, typename Add>
inline void for_each_half_f32x4(const float* query, const uint16_t* row, uint32_t element_count,
                                Add add) {
  uint32_t index = 0;
  for (; index + 8 <= element_count; index += 8) {
    const v128_t eight = wasm_v128_load(row + index);
    add(load_f32x4(query + index), Half::widen_low(eight), 0);
    add(load_f32x4(query + index + 4), Half::widen_high(eight), 1);
  }
  for (; index < element_count; index++) {
    const v128_t zero = wasm_f32x4_const_splat(0);
    const v128_t value = wasm_v128_load32_zero(query + index);
    add(value, wasm_f32x4_replace_lane(zero, 0, load_half<Half>(row + index)), 0);
  }
}

template <typename Half>
inline float squared_l2_half_simd(const float* query, const uint16_t* row,
                                  uint32_t element_count) {
  v128_t sums_f32x4[2] = {wasm_f32x4_const_splat(0), wasm_f32x4_const_splat(0)};
  for_each_half_f32x4<Half>(query, row, element_count, [&](v128_t a, v128_t b, uint32_t place) {
    const v128_t difference = wasm_f32x4_sub(a, b);
    sums_f32x4[place] = multiply_add_f32x4(difference, difference, sums_f32x4[place]);
  });
  return sum_lanes_f32x4(wasm_f32x4_add(sums_f32x4[0], sums_f32x4[1]));
}

template <typename Half>
inline float inner_product_half_simd(const float* query, const uint16_t* row,
                                     uint32_t element_count) {
  v128_t sums_f32x4[2] = {wasm_f32x4_const_splat(0), wasm_f32x4_const_splat(0)};
  for_each_half_f32x4<Half>(query, row, element_count, [&](v128_t a, v128_t b, uint32_t place) {
    sums_f32x4[place] = multiply_add_f32x4(a, b, sums_f32x4[place]);
  });
  return sum_lanes_f32x4(wasm_f32x4_add(sums_f32x4[0], sums_f32x4[1]));
}

// With the query's length known: the product and the row's length in one pass.
template <typename Half>
inline float scaled_cosine_half_simd(const float* query, float query_inverse_norm,
                                     const uint16_t* row, uint32_t element_count) {
  v128_t products_f32x4[2] = {wasm_f32x4_const_splat(0), wasm_f32x4_const_splat(0)};
  v128_t squares_f32x4[2] = {products_f32x4[0], products_f32x4[0]};
  for_each_half_f32x4<Half>(query, row, element_count, [&](v128_t a, v128_t b, uint32_t place) {
    products_f32x4[place] = multiply_add_f32x4(a, b, products_f32x4[place]);
    squares_f32x4[place] = multiply_add_f32x4(b, b, squares_f32x4[place]);
  });
  const float product = sum_lanes_f32x4(wasm_f32x4_add(products_f32x4[0], products_f32x4[1]));
  const float square = sum_lanes_f32x4(wasm_f32x4_add(squares_f32x4[0], squares_f32x4[1]));
  return product * (query_inverse_norm * inverse_norm(square));
}

template <typename Half>
inline float cosine_half_simd(const float* query, const uint16_t* row, uint32_t element_count) {
  const float query_inverse_norm = inverse_norm_f32_simd(query, element_count);
  return clamp_cosine(
      scaled_cosine_half_simd<Half>(query, query_inverse_norm, row, element_count));
}

}  // namespace elanus
