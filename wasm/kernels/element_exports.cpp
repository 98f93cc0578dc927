// The kernels of the element types beside float32, each by its name, for its tests.
#include "kernels/b1_distances_scalar.h"
#include "kernels/b1_distances_simd.h"
#include "kernels/half_distances_scalar.h"
#include "kernels/half_distances_simd.h"
#include "kernels/i8_distances_scalar.h"
#include "kernels/i8_distances_simd.h"

using namespace elanus;

#define ELANUS_EXPORT_HALF(operation, isa, suffix, Half)                                    \
  ELANUS_EXPORT(operation##_##suffix##_##isa)                                               \
  float operation##_##suffix##_##isa(const float* query, const uint16_t* row,               \
                                     uint32_t element_count) {                              \
    return operation##_half_##isa<Half>(query, row, element_count);                         \
  }

#define ELANUS_EXPORT_HALVES(operation)                  \
  ELANUS_EXPORT_HALF(operation, scalar, f16, Float16)    \
  ELANUS_EXPORT_HALF(operation, simd, f16, Float16)      \
  ELANUS_EXPORT_HALF(operation, scalar, bf16, Bfloat16)  \
  ELANUS_EXPORT_HALF(operation, simd, bf16, Bfloat16)

ELANUS_EXPORT_HALVES(squared_l2)
ELANUS_EXPORT_HALVES(inner_product)
ELANUS_EXPORT_HALVES(cosine)

#define ELANUS_EXPORT_BYTES(name, Value)                                            \
  ELANUS_EXPORT(name) float name(const Value* a, const Value* b, uint32_t count) {  \
    return elanus::name(a, b, count);                                               \
  }

ELANUS_EXPORT_BYTES(squared_l2_i8_scalar, int8_t)
ELANUS_EXPORT_BYTES(squared_l2_i8_simd, int8_t)
ELANUS_EXPORT_BYTES(inner_product_i8_scalar, int8_t)
ELANUS_EXPORT_BYTES(inner_product_i8_simd, int8_t)
ELANUS_EXPORT_BYTES(cosine_i8_scalar, int8_t)
ELANUS_EXPORT_BYTES(cosine_i8_simd, int8_t)
ELANUS_EXPORT_BYTES(hamming_b1_scalar, uint8_t)
ELANUS_EXPORT_BYTES(hamming_b1_simd, uint8_t)
ELANUS_EXPORT_BYTES(jaccard_b1_scalar, uint8_t)
ELANUS_EXPORT_BYTES(jaccard_b1_simd, uint8_t)

ELANUS_EXPORT(widen_f16)
void widen_f16(const uint16_t* source, float* target, uint32_t element_count) {
  widen_half<Float16>(source, target, element_count);
}

ELANUS_EXPORT(widen_bf16)
void widen_bf16(const uint16_t* source, float* target, uint32_t element_count) {
  widen_half<Bfloat16>(source, target, element_count);
}

ELANUS_EXPORT(first_non_finite_f16_simd)
int32_t first_non_finite_f16_simd(const uint16_t* values, uint32_t element_count) {
  return first_non_finite_half_simd<Float16>(values, element_count);
}

ELANUS_EXPORT(first_non_finite_bf16_simd)
int32_t first_non_finite_bf16_simd(const uint16_t* values, uint32_t element_count) {
  return first_non_finite_half_simd<Bfloat16>(values, element_count);
}
