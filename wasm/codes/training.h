// How a codebook is found, from rows spread evenly over all.
#pragma once

#include "codes/codebook.h"
#include "kernels/cosine_f32_simd.h"

namespace elanus {

struct TrainingRows {
  const float* rows;
  uint32_t row_count;
  uint32_t row_stride;
  const float* factors;  // One a row, or none: each is 1.

  static constexpr uint32_t kSampleMax = 2048;

  uint32_t sample_count() const { return minimum(row_count, kSampleMax); }
  uint32_t sample(uint32_t index) const {
    return static_cast<uint32_t>(static_cast<uint64_t>(index) * row_count / sample_count());
  }
  const float* values(uint32_t row) const { return rows + static_cast<size_t>(row) * row_stride; }
  float factor(uint32_t row) const { return factors == nullptr ? 1 : factors[row]; }
};

// Leaves the middle of each element's range in `offsets`; returns the widest range of any.
inline float find_middles(const TrainingRows& training, float* offsets) {
  float widest = 0;
  for (uint32_t element = 0; element < training.row_stride; element += 4) {
    v128_t lowest = wasm_f32x4_const_splat(__builtin_inff());
    v128_t highest = wasm_f32x4_const_splat(-__builtin_inff());
    for (uint32_t index = 0; index < training.sample_count(); index++) {
      const uint32_t row = training.sample(index);
      const v128_t factor = wasm_f32x4_splat(training.factor(row));
      const v128_t value = wasm_f32x4_mul(load_f32x4(training.values(row) + element), factor);
      lowest = wasm_f32x4_pmin(lowest, value);
      highest = wasm_f32x4_pmax(highest, value);
    }
    // Halves first: the sum of two large numbers may overflow.
    const v128_t half = wasm_f32x4_const_splat(0.5f);
    const v128_t half_lowest = wasm_f32x4_mul(lowest, half);
    const v128_t half_highest = wasm_f32x4_mul(highest, half);
    wasm_v128_store(offsets + element, wasm_f32x4_add(half_lowest, half_highest));
    const v128_t half_range = wasm_f32x4_sub(half_highest, half_lowest);
    for (uint32_t lane = 0; lane < 4; lane++) {
      widest = maximum(widest, 2 * reinterpret_cast<const float*>(&half_range)[lane]);
    }
  }
  return widest;
}

inline float squared_error(const TrainingRows& training, const float* middles, float scale) {
  const float inverse_scale = 1 / scale;
  const float half_range = scale * (kCodeMax / 2);
  float error = 0;
  for (uint32_t index = 0; index < training.sample_count(); index += 4) {
    const uint32_t row = training.sample(index);
    const float* values = training.values(row);
    const float factor = training.factor(row);
    for (uint32_t element = 0; element < training.row_stride; element++) {
      const float value = values[element] * factor;
      const float offset = middles[element] - half_range;
      const float decoded = offset + scale * code_of(value, offset, inverse_scale);
      error += (value - decoded) * (value - decoded);
    }
  }
  return error;
}

// Each scale that is tried is this share of the one before; the first covers the whole sample.
constexpr float kScaleStep = 0.8f;
constexpr uint32_t kScaleCount = 12;

inline void train_codebook(const TrainingRows& training, Codebook* codebook) {
  float* offsets = codebook->offsets.get();
  float scale = find_middles(training, offsets) / kCodeMax;
  float best_scale = scale;
  float best_error = __builtin_inff();
  // Rows that are all alike have no range, and their codes are all alike too.
  for (uint32_t round = 0; scale > 0 && round < kScaleCount; round++) {
    const float error = squared_error(training, offsets, scale);
    if (!(error < best_error)) break;
    best_error = error;
    best_scale = scale;
    scale *= kScaleStep;
  }
  codebook->scale = best_scale;
  for (uint32_t element = 0; element < training.row_stride; element++) {
    offsets[element] -= best_scale * (kCodeMax / 2);
  }
}

}  // namespace elanus
