// What the float32 kernels share. `multiply_add` is one rounding with relaxed SIMD where the
// processor has a fused instruction, two without: the only difference between the two modules here.
#pragma once

#include "base/platform.h"

namespace elanus {

inline v128_t multiply_add_f32x4(v128_t a, v128_t b, v128_t sum) {
#ifdef __wasm_relaxed_simd__
  return wasm_f32x4_relaxed_madd(a, b, sum);
#else
  return wasm_f32x4_add(wasm_f32x4_mul(a, b), sum);
#endif
}

inline v128_t load_f32x4(const float* values) { return wasm_v128_load(values); }

inline float sum_lanes_f32x4(v128_t lanes) {
  const v128_t high = wasm_i32x4_shuffle(lanes, lanes, 2, 3, 0, 1);
  const v128_t pair = wasm_f32x4_add(lanes, high);
  return wasm_f32x4_extract_lane(pair, 0) + wasm_f32x4_extract_lane(pair, 1);
}

inline float sum_lanes_f32x4(v128_t a, v128_t b, v128_t c, v128_t d) {
  return sum_lanes_f32x4(wasm_f32x4_add(wasm_f32x4_add(a, b), wasm_f32x4_add(c, d)));
}

// The last one to three values of a vector, with zeros behind them: a zero adds nothing to a sum of
// squares or of products, and nothing beyond the vector is read.
inline v128_t load_tail_f32x4(const float* values, uint32_t element_count) {
  v128_t tail = wasm_v128_load32_zero(values);
  if (element_count > 1) tail = wasm_v128_load32_lane(values + 1, tail, 1);
  if (element_count > 2) tail = wasm_v128_load32_lane(values + 2, tail, 2);
  return tail;
}

}  // namespace elanus
