// Scalar codes of 7 bits: element d of a vector is offset[d] + scale × code, code from 0 to 127.
//
// One scale serves all elements, so that a squared distance of codes is one of vectors in units of
// scale²; an offset of its own for each lets elements lie anywhere. The scale is the one of a few
// that errs least, in squares, on a sample: the widest covers every value, a narrower one cuts a few
// outliers off and tells the others apart better.
//
// Codes of 8 bits would be as quick to read; 7 are what the dot product of relaxed SIMD takes on
// both sides. A query is no code: it keeps 8 bits, signed, around the middle of the range.
#pragma once

#include "base/platform.h"
#include "kernels/f32x4.h"

namespace elanus {

constexpr float kCodeMax = 127;

struct Codebook {
  Address<float> offsets;  // As many as a row's stride.
  float scale;
};

// A row's codes, and what distances need of them besides.
struct CodeRow {
  int32_t square_sum;  // Of the codes.
  int32_t sum;         // Of the codes.
  float linear;        // Their share in an inner product: scale × offsets · codes.
  float lift;          // Its lift, for a graph by inner product; keeps the codes on 16 bytes.

  uint8_t* codes() { return reinterpret_cast<uint8_t*>(this + 1); }
  const uint8_t* codes() const { return reinterpret_cast<const uint8_t*>(this + 1); }
};

static_assert(sizeof(CodeRow) == 16, "codes start on a boundary of 16 bytes");

inline uint32_t code_count_of(uint32_t row_stride) { return (row_stride + 15) & ~15u; }

inline uint32_t code_row_bytes(uint32_t row_stride) {
  return sizeof(CodeRow) + code_count_of(row_stride);
}

inline float code_of(float value, float offset, float inverse_scale) {
  const float code = __builtin_rintf((value - offset) * inverse_scale);
  return code < 0 ? 0 : code > kCodeMax ? kCodeMax : code;
}

// Encodes one row, each element times `factor` first.
inline void encode_row(const Codebook& codebook, const float* row, float factor,
                       uint32_t row_stride, CodeRow* target) {
  const float inverse_scale = codebook.scale > 0 ? 1 / codebook.scale : 0;
  const v128_t inverse_scale_f32x4 = wasm_f32x4_splat(inverse_scale);
  const v128_t factor_f32x4 = wasm_f32x4_splat(factor);
  const v128_t code_max_f32x4 = wasm_f32x4_const_splat(kCodeMax);
  const v128_t zero = wasm_f32x4_const_splat(0);
  v128_t square_sum_i32x4 = zero;
  v128_t sum_i32x4 = zero;
  v128_t linear_f32x4 = zero;
  uint8_t* codes = target->codes();
  for (uint32_t index = 0; index < row_stride; index += 4) {
    const v128_t offset = load_f32x4(codebook.offsets.get() + index);
    const v128_t value = wasm_f32x4_mul(load_f32x4(row + index), factor_f32x4);
    const v128_t scaled = wasm_f32x4_mul(wasm_f32x4_sub(value, offset), inverse_scale_f32x4);
    const v128_t bounded = wasm_f32x4_pmin(wasm_f32x4_pmax(scaled, zero), code_max_f32x4);
    const v128_t rounded = wasm_f32x4_nearest(bounded);
    const v128_t code_i32x4 = wasm_i32x4_trunc_sat_f32x4(rounded);
    const v128_t code_i16x8 = wasm_i16x8_narrow_i32x4(code_i32x4, code_i32x4);
    wasm_v128_store32_lane(codes + index, wasm_u8x16_narrow_i16x8(code_i16x8, code_i16x8), 0);
    sum_i32x4 = wasm_i32x4_add(sum_i32x4, code_i32x4);
    square_sum_i32x4 = wasm_i32x4_add(square_sum_i32x4, wasm_i32x4_mul(code_i32x4, code_i32x4));
    linear_f32x4 = multiply_add_f32x4(rounded, offset, linear_f32x4);
  }
  for (uint32_t index = row_stride; index < code_count_of(row_stride); index++) codes[index] = 0;
  target->square_sum = wasm_i32x4_extract_lane(square_sum_i32x4, 0) +
                       wasm_i32x4_extract_lane(square_sum_i32x4, 1) +
                       wasm_i32x4_extract_lane(square_sum_i32x4, 2) +
                       wasm_i32x4_extract_lane(square_sum_i32x4, 3);
  target->sum = wasm_i32x4_extract_lane(sum_i32x4, 0) + wasm_i32x4_extract_lane(sum_i32x4, 1) +
                wasm_i32x4_extract_lane(sum_i32x4, 2) + wasm_i32x4_extract_lane(sum_i32x4, 3);
  target->linear = codebook.scale * sum_lanes_f32x4(linear_f32x4);
  target->lift = 0;
}

}  // namespace elanus
