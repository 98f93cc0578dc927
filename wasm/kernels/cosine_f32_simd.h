// Cosine of the angle between two float32 vectors, from three inner products.
//
// A vector whose squared norm is zero in float32 is at 0 from everything. The result lies in
// [-1, 1]: rounding is not allowed to step over it. The error is bounded by (element_count / 16 +
// 12) ULP of 1.
#pragma once

#include "kernels/inner_product_f32_simd.h"

namespace elanus {

// 1 / |v| from |v|², and 0 for a vector without length.
inline float inverse_norm(float squared_norm) {
  return squared_norm > 0 ? 1 / __builtin_sqrtf(squared_norm) : 0;
}

inline float inverse_norm_f32_simd(const float* values, uint32_t element_count) {
  return inverse_norm(inner_product_f32_simd(values, values, element_count));
}

inline float clamp_cosine(float cosine) {
  if (cosine > 1) return 1;
  return cosine < -1 ? -1 : cosine;
}

inline float cosine_f32_simd(const float* a, const float* b, uint32_t element_count) {
  const float product = inner_product_f32_simd(a, b, element_count);
  const float inverse_norm_a = inverse_norm_f32_simd(a, element_count);
  const float inverse_norm_b = inverse_norm_f32_simd(b, element_count);
  return clamp_cosine(product * inverse_norm_a * inverse_norm_b);
}

}  // namespace elanus
