// Lloyd's k-means on a sample of the rows (S. Lloyd, "Least squares quantization in PCM", IEEE
// Transactions on Information Theory 28(2), 1982), in steps that threads share: vectors are assigned
// a block at a time, and each centroid is the mean of its vectors, summed by one thread in their
// order. So the centroids are the same for a seed, whoever takes part.
//
// Departures: centroids start as rows of the sample (k-means++ takes as long as an iteration and
// was no better after them all); one without rows is set beside that of the largest list, which
// then shares its rows with it.
#pragma once

#include "ivf/assign.h"
#include "ivf/rows.h"

namespace elanus {

constexpr uint32_t kIterationCount = 8;

// One of the `count` parts that `range` is divided into, anywhere within that part.
inline uint32_t draw_within(uint32_t part, uint32_t count, uint32_t range, uint32_t seed) {
  const uint64_t from = uint64_t{part} * range / count;
  const uint64_t to = uint64_t{part + 1} * range / count;
  const uint32_t draw = mix_word(part + mix_word(seed + 0x9e3779b9u));
  return static_cast<uint32_t>(from + (uint64_t{draw} * (to - from) >> 32));
}

inline void draw_sample(const Ivf& ivf) {
  const IvfParameters& parameters = ivf.parameters;
  for (uint32_t index = 0; index < ivf.sample_count; index++) {
    ivf.sample_rows[index] =
        draw_within(index, ivf.sample_count, parameters.row_count, parameters.seed);
  }
}

inline void set_half_squares(const Ivf& ivf) {
  for (uint32_t list = 0; list < ivf.column_count; list++) {
    const float* centroid = ivf.centroid(list);
    ivf.half_squares[list] =
        list < ivf.parameters.list_count
            ? inner_product_f32_simd(centroid, centroid, ivf.vector_stride) / 2
            : __builtin_inff();
  }
}

inline void draw_centroids(const Ivf& ivf) {
  const IvfParameters& parameters = ivf.parameters;
  fill_bytes(ivf.centroids.get(), 0, size_t{ivf.column_count} * ivf.vector_stride * 4);
  for (uint32_t list = 0; list < parameters.list_count; list++) {
    const uint32_t index =
        draw_within(list, parameters.list_count, ivf.sample_count, ~parameters.seed);
    const float* vector = vector_of_row(ivf, ivf.sample_rows[index], ivf.centroid(list));
    copy_bytes(ivf.centroid(list), vector, ivf.vector_stride * sizeof(float));
  }
  set_half_squares(ivf);
}

// Counts `items` by their list and puts their numbers in the order of lists, ascending in each.
inline void sort_by_list(const uint32_t* lists, uint32_t item_count, uint32_t list_count,
                         uint32_t* starts, uint32_t* order) {
  fill_bytes(starts, 0, (list_count + 1) * sizeof(uint32_t));
  for (uint32_t item = 0; item < item_count; item++) starts[lists[item] + 1]++;
  for (uint32_t list = 0; list < list_count; list++) starts[list + 1] += starts[list];
  for (uint32_t item = 0; item < item_count; item++) order[starts[lists[item]]++] = item;
  // Each start has moved to the next list's: move them back.
  for (uint32_t list = list_count; list > 0; list--) starts[list] = starts[list - 1];
  starts[0] = 0;
}

inline void move_centroid(const Ivf& ivf, uint32_t list, float* scratch) {
  const uint32_t from = ivf.sample_starts[list];
  const uint32_t to = ivf.sample_starts[list + 1];
  if (from == to) return;
  float* centroid = ivf.centroid(list);
  fill_bytes(centroid, 0, ivf.vector_stride * sizeof(float));
  for (uint32_t place = from; place < to; place++) {
    const uint32_t row = ivf.sample_rows[ivf.sample_order[place]];
    const float* vector = vector_of_row(ivf, row, scratch);
    for (uint32_t index = 0; index < ivf.vector_stride; index += 4) {
      const v128_t sum = wasm_f32x4_add(load_f32x4(centroid + index), load_f32x4(vector + index));
      wasm_v128_store(centroid + index, sum);
    }
  }
  scale_vector(centroid, 1 / static_cast<float>(to - from), ivf.vector_stride);
}

inline uint32_t largest_list(const uint32_t* sizes, uint32_t list_count) {
  uint32_t largest = 0;
  for (uint32_t list = 1; list < list_count; list++) {
    if (sizes[list] > sizes[largest]) largest = list;
  }
  return largest;
}

// So many a round: rows that are all alike leave nearly every list empty, whatever is done.
constexpr uint32_t kSplitCountMax = 1024;

// `sizes` has room for every list.
inline void split_into_empty(const Ivf& ivf, uint32_t* sizes) {
  constexpr float kStep = 1.0f / 1024;
  const uint32_t list_count = ivf.parameters.list_count;
  for (uint32_t list = 0; list < list_count; list++) {
    sizes[list] = ivf.sample_starts[list + 1] - ivf.sample_starts[list];
  }
  uint32_t split_count = 0;
  for (uint32_t list = 0; list < list_count && split_count < kSplitCountMax; list++) {
    if (sizes[list] > 0) continue;
    split_count++;
    const uint32_t largest = largest_list(sizes, list_count);
    float* whole = ivf.centroid(largest);
    float* half = ivf.centroid(list);
    for (uint32_t index = 0; index < ivf.vector_stride; index++) {
      const float step = (index & 1) ? kStep : -kStep;
      half[index] = whole[index] * (1 - step);
      whole[index] = whole[index] * (1 + step);
    }
    sizes[list] = sizes[largest] / 2;
    sizes[largest] -= sizes[list];
  }
}

// The mean of the sample: what residuals and queries are measured from.
inline void set_mean(const Ivf& ivf) {
  float* mean = ivf.mean.get();
  fill_bytes(mean, 0, ivf.vector_stride * sizeof(float));
  if (ivf.is_inner_product()) return;
  for (uint32_t list = 0; list < ivf.parameters.list_count; list++) {
    const uint32_t size = ivf.sample_starts[list + 1] - ivf.sample_starts[list];
    const float weight = static_cast<float>(size) / static_cast<float>(ivf.sample_count);
    const float* centroid = ivf.centroid(list);
    for (uint32_t index = 0; index < ivf.vector_stride; index++) {
      mean[index] += weight * centroid[index];
    }
  }
}

}  // namespace elanus
