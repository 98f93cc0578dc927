// Codes of 8 bits an element: element d of a vector is middle[d] + step[d] × code, code from -128 to
// 127. Each element has a range of its own, from the sample's lowest value to its highest; what lies
// beyond is cut off.
//
// A query meets codes in integers. With w for query × step, rounded to 14 bits around its middle,
//
//     Σ w c = unit × (128 Σ high c + Σ low c - 8192 Σ c)
//
// where high and low are 7 bits each, as relaxed SIMD's dot product takes them, and Σ c is kept with
// the row. Rounding w so costs far less than rounding the row did.
#pragma once

#include "ivf/rows.h"
#include "kernels/dot_i8_i7_simd.h"

namespace elanus {

constexpr uint32_t kScalarSampleMax = 4096;
constexpr float kStepCount = 255;

inline float* scalar_middles(const Ivf& ivf) { return ivf.codebook.get(); }
inline float* scalar_steps(const Ivf& ivf) { return ivf.codebook.get() + ivf.vector_stride; }

inline void train_scalar_code(const Ivf& ivf, float* space) {
  float* lowest = scalar_middles(ivf);
  float* highest = scalar_steps(ivf);
  const uint32_t count = minimum(ivf.sample_count, kScalarSampleMax);
  for (uint32_t index = 0; index < count; index++) {
    const uint64_t place = uint64_t{index} * ivf.sample_count / count;
    const float* vector = vector_of_row(ivf, ivf.sample_rows[place], space);
    for (uint32_t element = 0; element < ivf.vector_stride; element += 4) {
      const v128_t value = load_f32x4(vector + element);
      const v128_t low = index == 0 ? value : load_f32x4(lowest + element);
      const v128_t high = index == 0 ? value : load_f32x4(highest + element);
      wasm_v128_store(lowest + element, wasm_f32x4_pmin(low, value));
      wasm_v128_store(highest + element, wasm_f32x4_pmax(high, value));
    }
  }
  for (uint32_t element = 0; element < ivf.vector_stride; element++) {
    const float step = highest[element] / kStepCount - lowest[element] / kStepCount;
    lowest[element] += 128 * step;
    highest[element] = step;
  }
}

inline int8_t scalar_code_of(float value, float middle, float step) {
  if (!(step > 0)) return 0;
  const float code = __builtin_rintf((value - middle) / step);
  return static_cast<int8_t>(code < -128 ? -128 : code > 127 ? 127 : code);
}

inline void encode_scalar_row(const Ivf& ivf, uint32_t place, const float* vector) {
  int8_t* codes = reinterpret_cast<int8_t*>(ivf.codes.get() + size_t{place} * ivf.code_bytes);
  const float* middles = scalar_middles(ivf);
  const float* steps = scalar_steps(ivf);
  float square = 0;
  int32_t sum = 0;
  for (uint32_t element = 0; element < ivf.code_bytes; element++) {
    const bool is_padding = element >= ivf.vector_stride;
    const int8_t code =
        is_padding ? 0 : scalar_code_of(vector[element], middles[element], steps[element]);
    codes[element] = code;
    if (is_padding) continue;
    sum += code;
    square += (steps[element] * code) * (steps[element] * code);
  }
  ivf.row_terms[place] = ivf.is_inner_product() ? 0 : square;
  ivf.row_factors[place] = static_cast<float>(sum);
}

// The query as two vectors of 7 bits, and what a sum of products with them stands for.
class ScalarQuery {
 public:
  // `query` has room for a second vector behind it, and the codes behind that.
  ScalarQuery(const Ivf& ivf, float* query) : code_count_(ivf.code_bytes) {
    const uint32_t stride = ivf.vector_stride;
    float* weights = query + stride;
    high_ = reinterpret_cast<uint8_t*>(weights + stride);
    low_ = high_ + code_count_;
    factor_ = ivf.is_inner_product() ? -1 : -2;
    base_ = weigh(ivf, query, weights);
    float largest = 0;
    for (uint32_t element = 0; element < stride; element++) {
      largest = maximum(largest, __builtin_fabsf(weights[element]));
    }
    const float inverse_unit = largest > 0 ? (kMiddle - 1) / largest : 0;
    for (uint32_t element = 0; element < code_count_; element++) {
      const float weight = element < stride ? weights[element] * inverse_unit : 0;
      const uint32_t code = static_cast<uint32_t>(__builtin_rintf(weight) + kMiddle);
      high_[element] = static_cast<uint8_t>(code >> 7);
      low_[element] = static_cast<uint8_t>(code & 127);
    }
    factor_ *= largest / (kMiddle - 1);
  }

  float key(const int8_t* codes, float term, float code_sum) const {
    v128_t high_i32x4 = wasm_i32x4_const_splat(0);
    v128_t low_i32x4 = high_i32x4;
    for (uint32_t index = 0; index < code_count_; index += 16) {
      const v128_t code = wasm_v128_load(codes + index);
      high_i32x4 = dot_add_i8x16_i7x16(code, wasm_v128_load(high_ + index), high_i32x4);
      low_i32x4 = dot_add_i8x16_i7x16(code, wasm_v128_load(low_ + index), low_i32x4);
    }
    // In integers, where nothing cancels: the middle is 64 of the upper sum.
    const int32_t high = sum_lanes_i32x4(high_i32x4) - 64 * static_cast<int32_t>(code_sum);
    const float low = static_cast<float>(sum_lanes_i32x4(low_i32x4));
    return base_ + term + factor_ * (128 * static_cast<float>(high) + low);
  }

 private:
  static constexpr float kMiddle = 8192;

  // The part of the key that is the same for every row.
  static float weigh(const Ivf& ivf, const float* query, float* weights) {
    const float* middles = scalar_middles(ivf);
    const float* steps = scalar_steps(ivf);
    float base = 0;
    for (uint32_t element = 0; element < ivf.vector_stride; element++) {
      if (ivf.is_inner_product()) {
        base -= query[element] * middles[element];
        weights[element] = query[element] * steps[element];
      } else {
        const float difference = query[element] - middles[element];
        base += difference * difference;
        weights[element] = difference * steps[element];
      }
    }
    return base;
  }

  uint32_t code_count_;
  uint8_t* high_;
  uint8_t* low_;
  float factor_;
  float base_;
};

}  // namespace elanus
