// Rows and queries as the float32 vectors that lists and codes are about.
#pragma once

#include "ivf/ivf.h"

namespace elanus {

inline void widen_bytes(const int8_t* source, float* target, uint32_t element_count) {
  for (uint32_t index = 0; index < element_count; index++) {
    target[index] = static_cast<float>(source[index]);
  }
}

inline void widen_bits(const uint8_t* source, float* target, uint32_t element_count) {
  for (uint32_t index = 0; index < element_count; index++) {
    target[index] = static_cast<float>((source[index >> 3] >> (index & 7)) & 1);
  }
}

inline void widen_vector(uint32_t element_type, const uint8_t* source, float* target,
                         uint32_t element_count) {
  switch (element_type) {
    case kElementFloat32:
      return copy_bytes(target, source, element_count * sizeof(float));
    case kElementFloat16:
      return widen_half<Float16>(reinterpret_cast<const uint16_t*>(source), target, element_count);
    case kElementBfloat16:
      return widen_half<Bfloat16>(reinterpret_cast<const uint16_t*>(source), target,
                                  element_count);
    case kElementInt8:
      return widen_bytes(reinterpret_cast<const int8_t*>(source), target, element_count);
    default:
      return widen_bits(source, target, element_count);
  }
}

inline void scale_vector(float* values, float factor, uint32_t element_count) {
  const v128_t factor_f32x4 = wasm_f32x4_splat(factor);
  for (uint32_t index = 0; index < element_count; index += 4) {
    wasm_v128_store(values + index, wasm_f32x4_mul(load_f32x4(values + index), factor_f32x4));
  }
}

// A row's vector: in the store where it lies there as it is, else made in `target`.
inline const float* vector_of_row(const Ivf& ivf, uint32_t row, float* target) {
  const uint32_t element_type = ivf.parameters.element_type;
  const uint8_t* values = ivf.row_values(row);
  if (element_type == kElementFloat32 && !ivf.is_normalised()) {
    return reinterpret_cast<const float*>(values);
  }
  widen_vector(element_type, values, target, ivf.vector_stride);
  if (ivf.is_normalised()) {
    scale_vector(target, inverse_norm_f32_simd(target, ivf.vector_stride), ivf.vector_stride);
  }
  return target;
}

// A query's, as it was staged: of halves it is float32 already.
inline void vector_of_query(const Ivf& ivf, const uint8_t* query, float* target) {
  const uint32_t element_type = ivf.parameters.element_type;
  const bool is_half = element_type == kElementFloat16 || element_type == kElementBfloat16;
  widen_vector(is_half ? kElementFloat32 : element_type, query, target, ivf.vector_stride);
  if (ivf.is_normalised()) {
    scale_vector(target, inverse_norm_f32_simd(target, ivf.vector_stride), ivf.vector_stride);
  }
}

}  // namespace elanus
