// Inner product of two float32 vectors, in four sums of four lanes.
//
// Precision: terms of both signs may cancel, so the error is bounded by (element_count / 16 + 8)
// ULP of the sum of the terms' magnitudes, not of the result.
#pragma once

#include "kernels/f32x4.h"

namespace elanus {

inline float inner_product_f32_simd(const float* a, const float* b, uint32_t element_count) {
  v128_t sum0_f32x4 = wasm_f32x4_const_splat(0);
  v128_t sum1_f32x4 = sum0_f32x4;
  v128_t sum2_f32x4 = sum0_f32x4;
  v128_t sum3_f32x4 = sum0_f32x4;
  uint32_t index = 0;
  for (; index + 16 <= element_count; index += 16) {
    const float* a16 = a + index;
    const float* b16 = b + index;
    sum0_f32x4 = multiply_add_f32x4(load_f32x4(a16), load_f32x4(b16), sum0_f32x4);
    sum1_f32x4 = multiply_add_f32x4(load_f32x4(a16 + 4), load_f32x4(b16 + 4), sum1_f32x4);
    sum2_f32x4 = multiply_add_f32x4(load_f32x4(a16 + 8), load_f32x4(b16 + 8), sum2_f32x4);
    sum3_f32x4 = multiply_add_f32x4(load_f32x4(a16 + 12), load_f32x4(b16 + 12), sum3_f32x4);
  }
  for (; index + 4 <= element_count; index += 4) {
    sum0_f32x4 = multiply_add_f32x4(load_f32x4(a + index), load_f32x4(b + index), sum0_f32x4);
  }
  if (index < element_count) {
    const uint32_t rest = element_count - index;
    const v128_t tail_a = load_tail_f32x4(a + index, rest);
    const v128_t tail_b = load_tail_f32x4(b + index, rest);
    sum0_f32x4 = multiply_add_f32x4(tail_a, tail_b, sum0_f32x4);
  }
  return sum_lanes_f32x4(sum0_f32x4, sum1_f32x4, sum2_f32x4, sum3_f32x4);
}

}  // namespace elanus
