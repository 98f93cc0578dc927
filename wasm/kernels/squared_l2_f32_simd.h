// Squared Euclidean distance of two float32 vectors, in four sums of four lanes.
//
// Precision: all terms are positive, so the error is at most (element_count / 16 + 8) ULP of the
// result; in practice one or two.
#pragma once

#include "kernels/f32x4.h"

namespace elanus {

struct SquaredL2F32Sums {
  v128_t sum0_f32x4 = wasm_f32x4_const_splat(0);
  v128_t sum1_f32x4 = wasm_f32x4_const_splat(0);
  v128_t sum2_f32x4 = wasm_f32x4_const_splat(0);
  v128_t sum3_f32x4 = wasm_f32x4_const_splat(0);

  void add16(const float* a, const float* b) {
    const v128_t difference0 = wasm_f32x4_sub(load_f32x4(a), load_f32x4(b));
    const v128_t difference1 = wasm_f32x4_sub(load_f32x4(a + 4), load_f32x4(b + 4));
    const v128_t difference2 = wasm_f32x4_sub(load_f32x4(a + 8), load_f32x4(b + 8));
    const v128_t difference3 = wasm_f32x4_sub(load_f32x4(a + 12), load_f32x4(b + 12));
    sum0_f32x4 = multiply_add_f32x4(difference0, difference0, sum0_f32x4);
    sum1_f32x4 = multiply_add_f32x4(difference1, difference1, sum1_f32x4);
    sum2_f32x4 = multiply_add_f32x4(difference2, difference2, sum2_f32x4);
    sum3_f32x4 = multiply_add_f32x4(difference3, difference3, sum3_f32x4);
  }

  void add4(v128_t a, v128_t b) {
    const v128_t difference = wasm_f32x4_sub(a, b);
    sum0_f32x4 = multiply_add_f32x4(difference, difference, sum0_f32x4);
  }

  float total() const { return sum_lanes_f32x4(sum0_f32x4, sum1_f32x4, sum2_f32x4, sum3_f32x4); }
};

// Adds the pairs from `index` on and returns the whole sum.
inline float finish_squared_l2_f32(SquaredL2F32Sums sums, const float* a, const float* b,
                                   uint32_t index, uint32_t element_count) {
  for (; index + 16 <= element_count; index += 16) sums.add16(a + index, b + index);
  for (; index + 4 <= element_count; index += 4) {
    sums.add4(load_f32x4(a + index), load_f32x4(b + index));
  }
  if (index < element_count) {
    const uint32_t rest = element_count - index;
    sums.add4(load_tail_f32x4(a + index, rest), load_tail_f32x4(b + index, rest));
  }
  return sums.total();
}

inline float squared_l2_f32_simd(const float* a, const float* b, uint32_t element_count) {
  return finish_squared_l2_f32({}, a, b, 0, element_count);
}

// As above while the distance is below `bound`; once the sum has reached it, whatever it has come
// to, which is not below `bound` either. A sum of squares only grows, so a caller that would drop
// the vector anyway loses nothing, and most of a far vector's cache lines are never fetched.
inline float squared_l2_f32_bounded_simd(const float* a, const float* b, uint32_t element_count,
                                         float bound) {
  constexpr uint32_t kStride = 256;
  SquaredL2F32Sums sums;
  uint32_t index = 0;
  for (; index + kStride < element_count; index += kStride) {
    for (uint32_t step = 0; step < kStride; step += 16) {
      sums.add16(a + index + step, b + index + step);
    }
    const float so_far = sums.total();
    if (so_far >= bound) return so_far;
  }
  return finish_squared_l2_f32(sums, a, b, index, element_count);
}

}  // namespace elanus
