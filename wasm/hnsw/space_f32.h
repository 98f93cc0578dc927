// How the walk measures nearness on float32 rows, one space a metric. A key is smaller for nearer
// rows; one that comes out not below `bound` may be anything that is not below it.
#pragma once

#include "kernels/squared_l2_f32_simd.h"
#include "hnsw/graph.h"
#include "hnsw/working_space.h"

namespace elanus {

class SpaceF32 {
 public:
  SpaceF32(const Graph& graph, WorkingSpace&)
      : graph_(graph), stride_(graph.parameters.row_stride) {}

  // Has the row's first line fetched while other work is done. The sum only keeps the loads alive.
  uint32_t touch(uint32_t row) const {
    return *reinterpret_cast<const uint32_t*>(graph_.row_values(row));
  }

 protected:
  const Graph& graph_;
  uint32_t stride_;
  const float* query_ = nullptr;
};

class SquaredL2SpaceF32 : public SpaceF32 {
 public:
  using SpaceF32::SpaceF32;

  void set_query(const float* query) { query_ = query; }
  void set_query_row(uint32_t row) { query_ = graph_.row_values(row); }

  float key(uint32_t row, float bound) const {
    return squared_l2_f32_bounded_simd(query_, graph_.row_values(row), stride_, bound);
  }

  float key_between(uint32_t a, uint32_t b, float bound) const {
    return squared_l2_f32_bounded_simd(graph_.row_values(a), graph_.row_values(b), stride_, bound);
  }
};

class InnerProductSpaceF32 : public SpaceF32 {
 public:
  using SpaceF32::SpaceF32;

  void set_query(const float* query) {
    query_ = query;
    lift_ = 0;
  }

  void set_query_row(uint32_t row) {
    query_ = graph_.row_values(row);
    lift_ = graph_.row_factors[row];
  }

  float key(uint32_t row, float) const {
    const float product = inner_product_f32_simd(query_, graph_.row_values(row), stride_);
    return -(product + lift_ * graph_.row_factors[row]);
  }

  float key_between(uint32_t a, uint32_t b, float) const {
    const float lift = graph_.row_factors[a] * graph_.row_factors[b];
    return -(inner_product_f32_simd(graph_.row_values(a), graph_.row_values(b), stride_) + lift);
  }

 private:
  float lift_ = 0;
};

class CosineSpaceF32 : public SpaceF32 {
 public:
  using SpaceF32::SpaceF32;

  void set_query(const float* query) {
    query_ = query;
    query_scale_ = inverse_norm_f32_simd(query, stride_);
  }

  void set_query_row(uint32_t row) {
    query_ = graph_.row_values(row);
    query_scale_ = graph_.row_factors[row];
  }

  float key(uint32_t row, float) const {
    const float product = inner_product_f32_simd(query_, graph_.row_values(row), stride_);
    return -(product * (query_scale_ * graph_.row_factors[row]));
  }

  float key_between(uint32_t a, uint32_t b, float) const {
    const float scale = graph_.row_factors[a] * graph_.row_factors[b];
    return -(inner_product_f32_simd(graph_.row_values(a), graph_.row_values(b), stride_) * scale);
  }

 private:
  float query_scale_ = 0;
};

}  // namespace elanus
