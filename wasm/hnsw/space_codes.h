// How the walk measures nearness on codes. The cosine goes by the squared distance of vectors that
// were made 1 long, which orders rows as the cosine does.
//
// Between two rows, both sides are codes and the product is exact; between a float32 query and a
// row, the query keeps a bit more (codes/query_code.h).
#pragma once

#include "codes/query_code.h"
#include "hnsw/graph.h"
#include "hnsw/working_space.h"
#include "kernels/dot_i7_tile_simd.h"

namespace elanus {

class SpaceCodes {
 public:
  SpaceCodes(const Graph& graph, WorkingSpace& working)
      : graph_(graph),
        working_(working),
        row_stride_(graph.parameters.row_stride),
        code_count_(code_count_of(row_stride_)),
        touched_bytes_(minimum<uint32_t>(code_row_bytes(row_stride_), kTouchedBytesMax)) {}

  // Has the row's lines fetched, all at once with those of its neighbours: a third faster than when
  // each row's are asked for one after another.
  uint32_t touch(uint32_t row) const {
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(graph_.code_row(row));
    uint32_t touched = 0;
    for (uint32_t line = 0; line < touched_bytes_; line += kLineBytes) touched += bytes[line];
    return touched;
  }

 protected:
  int32_t product(const int8_t* query, const CodeRow& row) const {
    return dot_i8_i7_simd(query, row.codes(), code_count_);
  }

  void products_in_tile(const uint32_t* a, const uint32_t* b, int32_t* products) const {
    const uint8_t* codes_a[4];
    const uint8_t* codes_b[2];
    for (uint32_t index = 0; index < 4; index++) codes_a[index] = graph_.code_row(a[index])->codes();
    for (uint32_t index = 0; index < 2; index++) codes_b[index] = graph_.code_row(b[index])->codes();
    dot_i7_4x2_simd(codes_a, codes_b, code_count_, products);
  }

  // Codes as the signed side: they have 7 bits.
  static const int8_t* signed_codes(const CodeRow& row) {
    return reinterpret_cast<const int8_t*>(row.codes());
  }

  // A list's rows stay in the first-level cache until they are compared.
  static constexpr uint32_t kTouchedBytesMax = 1024;

  const Graph& graph_;
  WorkingSpace& working_;
  uint32_t row_stride_;
  uint32_t code_count_;
  uint32_t touched_bytes_;
  const int8_t* query_ = nullptr;
};

class SquaredL2SpaceCodes : public SpaceCodes {
 public:
  using SpaceCodes::SpaceCodes;

  void set_query(const float* query) {
    const bool is_cosine = graph_.parameters.metric == kMetricCosine;
    const float factor = is_cosine ? inverse_norm_f32_simd(query, row_stride_) : 1;
    const Codebook& codebook = graph_.codebook;
    bias_ = static_cast<int32_t>(
        encode_query_l2(codebook, query, factor, row_stride_, working_.query_codes));
    query_ = working_.query_codes;
    sum_weight_ = 127;
    product_weight_ = 1;
  }

  void set_query_row(uint32_t row) {
    const CodeRow& code_row = *graph_.code_row(row);
    query_ = signed_codes(code_row);
    bias_ = code_row.square_sum;
    sum_weight_ = 0;
    product_weight_ = 2;
  }

  float key(uint32_t row, float) const {
    const CodeRow& code_row = *graph_.code_row(row);
    const int32_t row_part = code_row.square_sum - sum_weight_ * code_row.sum;
    return static_cast<float>(bias_ + row_part - product_weight_ * product(query_, code_row));
  }

  float key_between(uint32_t a, uint32_t b, float) const {
    return key_of_product(a, b, product(signed_codes(*graph_.code_row(a)), *graph_.code_row(b)));
  }

  void keys_in_tile(const uint32_t* a, const uint32_t* b, float* keys) const {
    int32_t products[8];
    products_in_tile(a, b, products);
    for (uint32_t index = 0; index < 8; index++) {
      keys[index] = key_of_product(a[index >> 1], b[index & 1], products[index]);
    }
  }

 private:
  float key_of_product(uint32_t a, uint32_t b, int32_t product) const {
    const int32_t squares = graph_.code_row(a)->square_sum + graph_.code_row(b)->square_sum;
    return static_cast<float>(squares - 2 * product);
  }

  int32_t bias_ = 0;
  int32_t sum_weight_ = 0;
  int32_t product_weight_ = 0;
};

class InnerProductSpaceCodes : public SpaceCodes {
 public:
  InnerProductSpaceCodes(const Graph& graph, WorkingSpace& working)
      : SpaceCodes(graph, working), scale_(graph.codebook.scale) {
    const float* offsets = graph.codebook.offsets.get();
    offset_square_sum_ = inner_product_f32_simd(offsets, offsets, row_stride_);
  }

  void set_query(const float* query) {
    const float unit = encode_query_inner_product(query, row_stride_, working_.query_codes);
    query_ = working_.query_codes;
    lift_ = 0;
    bias_ = inner_product_f32_simd(query, graph_.codebook.offsets.get(), row_stride_);
    linear_weight_ = 0;
    product_weight_ = unit * scale_;
  }

  void set_query_row(uint32_t row) {
    const CodeRow& code_row = *graph_.code_row(row);
    query_ = signed_codes(code_row);
    lift_ = code_row.lift;
    bias_ = offset_square_sum_ + code_row.linear;
    linear_weight_ = 1;
    product_weight_ = scale_ * scale_;
  }

  float key(uint32_t row, float) const {
    const CodeRow& code_row = *graph_.code_row(row);
    const float row_part = linear_weight_ * code_row.linear;
    const float product_part = static_cast<float>(product(query_, code_row)) * product_weight_;
    return -(bias_ + row_part + product_part + lift_ * code_row.lift);
  }

  float key_between(uint32_t a, uint32_t b, float) const {
    return key_of_product(a, b, product(signed_codes(*graph_.code_row(a)), *graph_.code_row(b)));
  }

  void keys_in_tile(const uint32_t* a, const uint32_t* b, float* keys) const {
    int32_t products[8];
    products_in_tile(a, b, products);
    for (uint32_t index = 0; index < 8; index++) {
      keys[index] = key_of_product(a[index >> 1], b[index & 1], products[index]);
    }
  }

 private:
  float key_of_product(uint32_t a, uint32_t b, int32_t product) const {
    const CodeRow& row_a = *graph_.code_row(a);
    const CodeRow& row_b = *graph_.code_row(b);
    const float linear = offset_square_sum_ + row_a.linear + row_b.linear;
    const float codes = static_cast<float>(product);
    return -(linear + codes * (scale_ * scale_) + row_a.lift * row_b.lift);
  }

  float scale_;
  float offset_square_sum_ = 0;
  float bias_ = 0;
  float lift_ = 0;
  float linear_weight_ = 0;
  float product_weight_ = 0;
};

}  // namespace elanus
