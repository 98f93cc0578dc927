// The definitions: a float32 query against a row of halves, float64 sums in order, rounded once.
#pragma once

#include "kernels/cosine_f32_simd.h"
#include "kernels/half.h"

namespace elanus {

template <typename Half>
inline float squared_l2_half_scalar(const float* query, const uint16_t* row,
                                    uint32_t element_count) {
  double sum = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    const double difference =
        static_cast<double>(query[index]) - static_cast<double>(load_half<Half>(row + index));
    sum += difference * difference;
  }
  return static_cast<float>(sum);
}

template <typename Half>
inline float inner_product_half_scalar(const float* query, const uint16_t* row,
                                       uint32_t element_count) {
  double sum = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    sum += static_cast<double>(query[index]) * static_cast<double>(load_half<Half>(row + index));
  }
  return static_cast<float>(sum);
}

template <typename Half>
inline float cosine_half_scalar(const float* query, const uint16_t* row, uint32_t element_count) {
  double product = 0;
  double query_norm = 0;
  double row_norm = 0;
  for (uint32_t index = 0; index < element_count; index++) {
    const double a = static_cast<double>(query[index]);
    const double b = static_cast<double>(load_half<Half>(row + index));
    product += a * b;
    query_norm += a * a;
    row_norm += b * b;
  }
  if (query_norm == 0 || row_norm == 0) return 0;
  const double cosine = product / (__builtin_sqrt(query_norm) * __builtin_sqrt(row_norm));
  return clamp_cosine(static_cast<float>(cosine));
}

}  // namespace elanus
