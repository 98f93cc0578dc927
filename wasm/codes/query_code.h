// A float32 query against codes, in integers.
//
// For the squared distance, the query in units of the codes is q, from 0 to 127 where it lies in the
// range; 2q - 127 is rounded to a signed byte, which keeps one bit more than a code has. With k for
// that byte and c for a code, 2 q c = (k + 127) c, so that
//
//     |q - c|² = |q|² + Σ c² - 127 Σ c - Σ k c
//
// and two sums of the row and one product of bytes are all that a distance takes.
//
// For the inner product, a query element is unit × k; then q · x is
//
//     q · offsets + scale × unit × Σ k c
#pragma once

#include "codes/codebook.h"
#include "kernels/dot_i8_i7_simd.h"
#include "kernels/inner_product_f32_simd.h"

namespace elanus {

inline int8_t signed_byte_of(float value) {
  const float rounded = __builtin_rintf(value);
  return static_cast<int8_t>(rounded < -127 ? -127 : rounded > 127 ? 127 : rounded);
}

// Leaves the bytes in `target` and returns |q|² in units of codes.
inline float encode_query_l2(const Codebook& codebook, const float* query, float factor,
                             uint32_t row_stride, int8_t* target) {
  const float inverse_scale = codebook.scale > 0 ? 1 / codebook.scale : 0;
  float square_sum = 0;
  for (uint32_t index = 0; index < row_stride; index++) {
    const float code = (query[index] * factor - codebook.offsets[index]) * inverse_scale;
    const float bounded = code < 0 ? 0 : code > kCodeMax ? kCodeMax : code;
    square_sum += bounded * bounded;
    target[index] = signed_byte_of(2 * bounded - kCodeMax);
  }
  for (uint32_t index = row_stride; index < code_count_of(row_stride); index++) target[index] = 0;
  return square_sum;
}

// Leaves the bytes in `target` and returns the unit.
inline float encode_query_inner_product(const float* query, uint32_t row_stride, int8_t* target) {
  float largest = 0;
  for (uint32_t index = 0; index < row_stride; index++) {
    largest = maximum(largest, __builtin_fabsf(query[index]));
  }
  const float inverse_unit = largest > 0 ? 127 / largest : 0;
  for (uint32_t index = 0; index < row_stride; index++) {
    target[index] = signed_byte_of(query[index] * inverse_unit);
  }
  for (uint32_t index = row_stride; index < code_count_of(row_stride); index++) target[index] = 0;
  return largest / 127;
}

}  // namespace elanus
