// Each kernel by its name, for its tests and for callers that have single vectors.
#include "kernels/cosine_f32_scalar.h"
#include "kernels/cosine_f32_simd.h"
#include "kernels/dot_i7_tile_simd.h"
#include "kernels/dot_i8_i7_scalar.h"
#include "kernels/dot_i8_i7_simd.h"
#include "kernels/finite_f32_scalar.h"
#include "kernels/finite_f32_simd.h"
#include "kernels/inner_product_f32_scalar.h"
#include "kernels/inner_product_f32_simd.h"
#include "kernels/squared_l2_f32_scalar.h"
#include "kernels/squared_l2_f32_simd.h"

#define ELANUS_EXPORT_DISTANCE(name)                                                     \
  ELANUS_EXPORT(name) float name(const float* a, const float* b, uint32_t element_count) { \
    return elanus::name(a, b, element_count);                                            \
  }

ELANUS_EXPORT_DISTANCE(squared_l2_f32_scalar)
ELANUS_EXPORT_DISTANCE(squared_l2_f32_simd)
ELANUS_EXPORT_DISTANCE(inner_product_f32_scalar)
ELANUS_EXPORT_DISTANCE(inner_product_f32_simd)
ELANUS_EXPORT_DISTANCE(cosine_f32_scalar)
ELANUS_EXPORT_DISTANCE(cosine_f32_simd)

ELANUS_EXPORT(squared_l2_f32_bounded_simd)
float squared_l2_f32_bounded_simd(const float* a, const float* b, uint32_t element_count,
                                  float bound) {
  return elanus::squared_l2_f32_bounded_simd(a, b, element_count, bound);
}

ELANUS_EXPORT(first_non_finite_f32_scalar)
int32_t first_non_finite_f32_scalar(const float* values, uint32_t element_count) {
  return elanus::first_non_finite_f32_scalar(values, element_count);
}

ELANUS_EXPORT(first_non_finite_f32_simd)
int32_t first_non_finite_f32_simd(const float* values, uint32_t element_count) {
  return elanus::first_non_finite_f32_simd(values, element_count);
}

ELANUS_EXPORT(dot_i8_i7_scalar)
int32_t dot_i8_i7_scalar(const int8_t* a, const uint8_t* b, uint32_t element_count) {
  return elanus::dot_i8_i7_scalar(a, b, element_count);
}

ELANUS_EXPORT(dot_i8_i7_simd)
int32_t dot_i8_i7_simd(const int8_t* a, const uint8_t* b, uint32_t element_count) {
  return elanus::dot_i8_i7_simd(a, b, element_count);
}

// Four vectors at `a`, two at `b`, one after another.
ELANUS_EXPORT(dot_i7_4x2_simd)
void dot_i7_4x2_simd(const uint8_t* a, const uint8_t* b, uint32_t element_count, int32_t* products) {
  const uint8_t* const left[4] = {a, a + element_count, a + 2 * element_count,
                                  a + 3 * element_count};
  const uint8_t* const right[2] = {b, b + element_count};
  elanus::dot_i7_4x2_simd(left, right, element_count, products);
}
