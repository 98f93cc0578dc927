// The definitions, exact in integers.
#pragma once

#include "kernels/cosine_f32_simd.h"

namespace elanus {

inline int64_t inner_product_i8_exact(const int8_t* a, const int8_t* b, uint32_t element_count) {
  int64_t sum = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    sum += static_cast<int64_t>(a[index]) * b[index];
  }
  return sum;
}

inline float inner_product_i8_scalar(const int8_t* a, const int8_t* b, uint32_t element_count) {
  return static_cast<float>(inner_product_i8_exact(a, b, element_count));
}

inline float squared_l2_i8_scalar(const int8_t* a, const int8_t* b, uint32_t element_count) {
  int64_t sum = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    const int64_t difference = static_cast<int64_t>(a[index]) - b[index];
    sum += difference * difference;
  }
  return static_cast<float>(sum);
}

inline float cosine_i8_scalar(const int8_t* a, const int8_t* b, uint32_t element_count) {
  const double norm_a = static_cast<double>(inner_product_i8_exact(a, a, element_count));
  const double norm_b = static_cast<double>(inner_product_i8_exact(b, b, element_count));
  if (norm_a == 0 || norm_b == 0) return 0;
  const double product = static_cast<double>(inner_product_i8_exact(a, b, element_count));
  const double cosine = product / (__builtin_sqrt(norm_a) * __builtin_sqrt(norm_b));
  return clamp_cosine(static_cast<float>(cosine));
}

}  // namespace elanus
