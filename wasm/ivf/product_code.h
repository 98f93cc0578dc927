// Product quantisation of residuals: H. Jégou, M. Douze and C. Schmid, "Product quantization for
// nearest neighbor search", IEEE TPAMI 33(1), 2011. A vector less its centroid is cut into parts, and
// each part is coded as the nearest of the values that k-means found for it.
//
// Departure: the paper makes a table for each list that is probed, of distances. With r for a row's
// decoded residual, c for the centroid of its list and m for the mean of all rows,
//
//     |q - c - r|² = |q - c|² + (|r|² + 2 r · (c - m)) - 2 r · (q - m)
//
// what is in brackets is the row's own, and is kept with it; the last product is looked up in a
// table that is made once a query. The mean keeps the table's numbers, and so their rounding, small.
#pragma once

#include "ivf/rows.h"

namespace elanus {

constexpr uint32_t kPartIterationCount = 8;
constexpr uint32_t kSampleRowsPerValue = 32;

// Elements [from, from + count) of a row, as they are, at any bit.
inline void widen_part(const Ivf& ivf, uint32_t row, uint32_t from, uint32_t count,
                       float* target) {
  const uint32_t element_type = ivf.parameters.element_type;
  const uint8_t* values = ivf.row_values(row);
  if (element_type != kElementBit) {
    return widen_vector(element_type, values + vector_bytes(element_type, from), target, count);
  }
  for (uint32_t index = 0; index < count; index++) {
    const uint32_t bit = from + index;
    target[index] = static_cast<float>((values[bit >> 3] >> (bit & 7)) & 1);
  }
}

// What rows of the sample are multiplied by to be 1 long; kept where k-means kept its order.
inline float* sample_factors(const Ivf& ivf) {
  return reinterpret_cast<float*>(ivf.sample_order.get());
}

class PartTraining {
 public:
  PartTraining(const Ivf& ivf, uint32_t part, float* space)
      : ivf_(ivf),
        part_(part),
        dimension_(ivf.part_dimension),
        stride_(ivf.part_stride),
        value_count_(1u << ivf.parameters.part_bits),
        space_(space),
        gathered_(space + dimension_ + value_count_) {}

  static uint32_t sample_count(const Ivf& ivf) {
    return minimum(ivf.sample_count, kSampleRowsPerValue << ivf.parameters.part_bits);
  }

  // `space_floats`: as many as `space` has.
  void run(uint32_t space_floats) {
    const uint64_t wanted = uint64_t{dimension_} * (sample_count(ivf_) + 1) + value_count_;
    is_gathered_ = wanted <= space_floats;
    for (uint32_t index = 0; is_gathered_ && index < sample_count(ivf_); index++) {
      read(index, gathered_ + size_t{index} * dimension_);
    }
    draw_values();
    for (uint32_t round = 0; round < kPartIterationCount; round++) move_values();
  }

 private:
  uint32_t first_element() const { return part_ * dimension_; }

  // The last part may reach beyond the vector, where there are zeros.
  uint32_t element_count() const {
    return minimum(dimension_, ivf_.vector_stride - minimum(ivf_.vector_stride, first_element()));
  }

  void read(uint32_t index, float* target) const {
    const uint64_t place = uint64_t{index} * ivf_.sample_count / sample_count(ivf_);
    const uint32_t row = ivf_.sample_rows[place];
    const float* centroid = ivf_.centroid(ivf_.assignments[row]) + first_element();
    const float factor = ivf_.is_normalised() ? sample_factors(ivf_)[place] : 1;
    widen_part(ivf_, row, first_element(), element_count(), target);
    for (uint32_t element = 0; element < dimension_; element++) {
      const bool is_inside = element < element_count();
      target[element] = is_inside ? target[element] * factor - centroid[element] : 0;
    }
  }

  const float* vector(uint32_t index) const {
    if (is_gathered_) return gathered_ + size_t{index} * dimension_;
    read(index, space_);
    return space_;
  }

  void draw_values() {
    float* values = ivf_.part_values(part_);
    fill_bytes(values, 0, size_t{dimension_} * stride_ * sizeof(float));
    for (uint32_t value = 0; value < value_count_; value++) {
      const uint64_t index = uint64_t{value} * sample_count(ivf_) / value_count_;
      const float* drawn = vector(static_cast<uint32_t>(index));
      for (uint32_t element = 0; element < dimension_; element++) {
        values[element * stride_ + value] = drawn[element];
      }
    }
    set_half_squares();
  }

  void set_half_squares() {
    const float* values = ivf_.part_values(part_);
    float* half_squares = ivf_.part_half_squares(part_);
    for (uint32_t value = 0; value < stride_; value++) {
      float square = 0;
      for (uint32_t element = 0; element < dimension_; element++) {
        square += values[element * stride_ + value] * values[element * stride_ + value];
      }
      half_squares[value] = value < value_count_ ? square / 2 : __builtin_inff();
    }
  }

  void move_values();

  const Ivf& ivf_;
  uint32_t part_;
  uint32_t dimension_;
  uint32_t stride_;
  uint32_t value_count_;
  float* space_;
  float* gathered_;
  bool is_gathered_ = false;
};

// The nearest of a part's values, sixteen at a time, lane by lane; the lowest of equal ones.
inline uint32_t nearest_value(const Ivf& ivf, uint32_t part, const float* vector) {
  constexpr uint32_t kGroups = kPartStrideUnit / 4;
  const float* values = ivf.part_values(part);
  const float* half_squares = ivf.part_half_squares(part);
  const uint32_t stride = ivf.part_stride;
  v128_t best_f32x4 = wasm_f32x4_const_splat(__builtin_inff());
  v128_t best_i32x4 = wasm_i32x4_const_splat(0);
  v128_t index_i32x4 = wasm_i32x4_make(0, 1, 2, 3);
  for (uint32_t value = 0; value < stride; value += kPartStrideUnit) {
    v128_t keys_f32x4[kGroups];
    for (uint32_t group = 0; group < kGroups; group++) {
      keys_f32x4[group] = load_f32x4(half_squares + value + 4 * group);
    }
    const float* of_element = values + value;
    for (uint32_t element = 0; element < ivf.part_dimension; element++, of_element += stride) {
      const v128_t negated = wasm_f32x4_splat(-vector[element]);
      for (uint32_t group = 0; group < kGroups; group++) {
        keys_f32x4[group] =
            multiply_add_f32x4(negated, load_f32x4(of_element + 4 * group), keys_f32x4[group]);
      }
    }
    for (uint32_t group = 0; group < kGroups; group++) {
      const v128_t is_nearer = wasm_f32x4_lt(keys_f32x4[group], best_f32x4);
      best_f32x4 = wasm_v128_bitselect(keys_f32x4[group], best_f32x4, is_nearer);
      best_i32x4 = wasm_v128_bitselect(index_i32x4, best_i32x4, is_nearer);
      index_i32x4 = wasm_i32x4_add(index_i32x4, wasm_i32x4_const_splat(4));
    }
  }
  float keys[4];
  uint32_t indexes[4];
  wasm_v128_store(keys, best_f32x4);
  wasm_v128_store(indexes, best_i32x4);
  uint32_t best = 0;
  for (uint32_t lane = 1; lane < 4; lane++) {
    const bool is_tie = keys[lane] == keys[best] && indexes[lane] < indexes[best];
    if (keys[lane] < keys[best] || is_tie) best = lane;
  }
  return indexes[best];
}

// A value that no vector is nearest to stays where it is.
inline void PartTraining::move_values() {
  float* values = ivf_.part_values(part_);
  float* sums = ivf_.sums.get() + (values - ivf_.codebook.get());
  uint32_t* counts = reinterpret_cast<uint32_t*>(space_ + dimension_);
  fill_bytes(sums, 0, size_t{dimension_} * stride_ * sizeof(float));
  fill_bytes(counts, 0, value_count_ * sizeof(uint32_t));
  for (uint32_t index = 0; index < sample_count(ivf_); index++) {
    const float* moved = vector(index);
    const uint32_t value = nearest_value(ivf_, part_, moved);
    counts[value]++;
    for (uint32_t element = 0; element < dimension_; element++) {
      sums[element * stride_ + value] += moved[element];
    }
  }
  for (uint32_t value = 0; value < value_count_; value++) {
    if (counts[value] == 0) continue;
    const float inverse_count = 1 / static_cast<float>(counts[value]);
    for (uint32_t element = 0; element < dimension_; element++) {
      values[element * stride_ + value] = sums[element * stride_ + value] * inverse_count;
    }
  }
  set_half_squares();
}

inline void set_sample_factors(const Ivf& ivf, float* space) {
  if (!ivf.is_normalised()) return;
  for (uint32_t place = 0; place < ivf.sample_count; place++) {
    widen_vector(ivf.parameters.element_type, ivf.row_values(ivf.sample_rows[place]), space,
                 ivf.vector_stride);
    sample_factors(ivf)[place] = inverse_norm_f32_simd(space, ivf.vector_stride);
  }
}

// A row less the centroid of its list, with zeros behind it up to whole parts.
inline void residual_of_row(const Ivf& ivf, uint32_t row, uint32_t list, float* target) {
  const float* vector = vector_of_row(ivf, row, target);
  const float* centroid = ivf.centroid(list);
  for (uint32_t element = 0; element < ivf.vector_stride; element += 4) {
    const v128_t residual =
        wasm_f32x4_sub(load_f32x4(vector + element), load_f32x4(centroid + element));
    wasm_v128_store(target + element, residual);
  }
  const uint32_t end = ivf.parameters.part_count * ivf.part_dimension;
  for (uint32_t element = ivf.vector_stride; element < end; element++) target[element] = 0;
}

// Calls `set` with each part's code; returns the row's term.
template <typename Set>
inline float encode_parts(const Ivf& ivf, uint32_t list, const float* residual, Set set) {
  const float* centroid = ivf.centroid(list);
  float term = 0;
  for (uint32_t part = 0; part < ivf.parameters.part_count; part++) {
    const uint32_t first = part * ivf.part_dimension;
    const uint32_t code = nearest_value(ivf, part, residual + first);
    set(part, code);
    const float* values = ivf.part_values(part);
    const uint32_t to = minimum(first + ivf.part_dimension, ivf.vector_stride);
    for (uint32_t element = first; element < to; element++) {
      const float decoded = values[(element - first) * ivf.part_stride + code];
      term += decoded * (decoded + 2 * (centroid[element] - ivf.mean[element]));
    }
  }
  return ivf.is_inner_product() ? 0 : term;
}

// The query as residuals are compared with it: from the mean, which for products is zero.
inline void centre_query(const Ivf& ivf, const float* query, float* target) {
  for (uint32_t element = 0; element < ivf.vector_stride; element++) {
    target[element] = query[element] - ivf.mean[element];
  }
}

// Products of the query with every value of every part.
inline void fill_part_table(const Ivf& ivf, const float* query, float* table) {
  for (uint32_t part = 0; part < ivf.parameters.part_count; part++) {
    const float* values = ivf.part_values(part);
    const uint32_t first = part * ivf.part_dimension;
    const uint32_t to = minimum(first + ivf.part_dimension, ivf.vector_stride);
    float* products = table + part * ivf.part_stride;
    for (uint32_t value = 0; value < ivf.part_stride; value += 4) {
      v128_t sum_f32x4 = wasm_f32x4_const_splat(0);
      for (uint32_t element = first; element < to; element++) {
        const v128_t values_f32x4 = load_f32x4(values + (element - first) * ivf.part_stride + value);
        sum_f32x4 = multiply_add_f32x4(wasm_f32x4_splat(query[element]), values_f32x4, sum_f32x4);
      }
      wasm_v128_store(products + value, sum_f32x4);
    }
  }
}

}  // namespace elanus
