// How one query is compared with rows, exactly: a type for each element and metric that go together.
// Each is made with a query and gives a row's key, which is smaller for nearer rows.
#pragma once

#include "base/metric.h"
#include "kernels/b1_distances_simd.h"
#include "kernels/half_distances_simd.h"
#include "kernels/i8_distances_simd.h"
#include "kernels/squared_l2_f32_simd.h"

namespace elanus {

// Its numbers are repeated in src/vector-index/metric-code.ts.
enum ElementType : uint32_t {
  kElementFloat32 = 0,
  kElementFloat16 = 1,
  kElementBfloat16 = 2,
  kElementInt8 = 3,
  kElementBit = 4,
};

inline uint32_t vector_bytes(uint32_t element_type, uint32_t element_count) {
  switch (element_type) {
    case kElementFloat32:
      return element_count * 4;
    case kElementFloat16:
    case kElementBfloat16:
      return element_count * 2;
    case kElementInt8:
      return element_count;
    default:
      return element_count / 8;
  }
}

// Queries of halves come as float32: they are widened once, not for each row.
inline uint32_t query_bytes(uint32_t element_type, uint32_t element_count) {
  const bool is_half = element_type == kElementFloat16 || element_type == kElementBfloat16;
  return vector_bytes(is_half ? kElementFloat32 : element_type, element_count);
}

class CompareF32 {
 public:
  CompareF32(const uint8_t* query, uint32_t element_count)
      : query_(reinterpret_cast<const float*>(query)), element_count_(element_count) {}

 protected:
  static const float* values(const uint8_t* row) { return reinterpret_cast<const float*>(row); }
  const float* query_;
  uint32_t element_count_;
};

struct CompareF32L2 : CompareF32 {
  using CompareF32::CompareF32;
  float key(const uint8_t* row) const {
    return squared_l2_f32_simd(query_, values(row), element_count_);
  }
};

struct CompareF32InnerProduct : CompareF32 {
  using CompareF32::CompareF32;
  float key(const uint8_t* row) const {
    return -inner_product_f32_simd(query_, values(row), element_count_);
  }
};

class CompareF32Cosine : public CompareF32 {
 public:
  CompareF32Cosine(const uint8_t* query, uint32_t element_count)
      : CompareF32(query, element_count),
        query_scale_(inverse_norm_f32_simd(query_, element_count)) {}

  float key(const uint8_t* row) const {
    const float scale = query_scale_ * inverse_norm_f32_simd(values(row), element_count_);
    return -(inner_product_f32_simd(query_, values(row), element_count_) * scale);
  }

 private:
  float query_scale_;
};

template <typename Half>
class CompareHalf {
 public:
  CompareHalf(const uint8_t* query, uint32_t element_count)
      : query_(reinterpret_cast<const float*>(query)), element_count_(element_count) {}

 protected:
  static const uint16_t* values(const uint8_t* row) {
    return reinterpret_cast<const uint16_t*>(row);
  }
  const float* query_;
  uint32_t element_count_;
};

template <typename Half>
struct CompareHalfL2 : CompareHalf<Half> {
  using CompareHalf<Half>::CompareHalf;
  float key(const uint8_t* row) const {
    return squared_l2_half_simd<Half>(this->query_, this->values(row), this->element_count_);
  }
};

template <typename Half>
struct CompareHalfInnerProduct : CompareHalf<Half> {
  using CompareHalf<Half>::CompareHalf;
  float key(const uint8_t* row) const {
    return -inner_product_half_simd<Half>(this->query_, this->values(row), this->element_count_);
  }
};

template <typename Half>
class CompareHalfCosine : public CompareHalf<Half> {
 public:
  CompareHalfCosine(const uint8_t* query, uint32_t element_count)
      : CompareHalf<Half>(query, element_count),
        query_scale_(inverse_norm_f32_simd(this->query_, element_count)) {}

  float key(const uint8_t* row) const {
    return -scaled_cosine_half_simd<Half>(this->query_, query_scale_, this->values(row),
                                          this->element_count_);
  }

 private:
  float query_scale_;
};

class CompareI8 {
 public:
  CompareI8(const uint8_t* query, uint32_t element_count)
      : query_(reinterpret_cast<const int8_t*>(query)), element_count_(element_count) {}

 protected:
  static const int8_t* values(const uint8_t* row) { return reinterpret_cast<const int8_t*>(row); }
  const int8_t* query_;
  uint32_t element_count_;
};

struct CompareI8L2 : CompareI8 {
  using CompareI8::CompareI8;
  float key(const uint8_t* row) const {
    return squared_l2_i8_simd(query_, values(row), element_count_);
  }
};

struct CompareI8InnerProduct : CompareI8 {
  using CompareI8::CompareI8;
  float key(const uint8_t* row) const {
    return -inner_product_i8_simd(query_, values(row), element_count_);
  }
};

class CompareI8Cosine : public CompareI8 {
 public:
  CompareI8Cosine(const uint8_t* query, uint32_t element_count)
      : CompareI8(query, element_count),
        query_scale_(inverse_norm_i8_simd(query_, element_count)) {}

  float key(const uint8_t* row) const {
    return -scaled_cosine_i8_simd(query_, query_scale_, values(row), element_count_);
  }

 private:
  float query_scale_;
};

class CompareBits {
 public:
  CompareBits(const uint8_t* query, uint32_t element_count)
      : query_(query), byte_count_(element_count / 8) {}

 protected:
  const uint8_t* query_;
  uint32_t byte_count_;
};

struct CompareBitsHamming : CompareBits {
  using CompareBits::CompareBits;
  float key(const uint8_t* row) const { return hamming_b1_simd(query_, row, byte_count_); }
};

struct CompareBitsJaccard : CompareBits {
  using CompareBits::CompareBits;
  float key(const uint8_t* row) const { return jaccard_b1_simd(query_, row, byte_count_); }
};

template <typename Comparison>
struct ComparisonType {
  using Type = Comparison;
};

template <typename L2, typename InnerProduct, typename Cosine, typename Run>
inline auto with_number_metric(uint32_t metric, Run run) {
  if (metric == kMetricL2) return run(ComparisonType<L2>());
  if (metric == kMetricInnerProduct) return run(ComparisonType<InnerProduct>());
  return run(ComparisonType<Cosine>());
}

template <typename Half, typename Run>
inline auto with_half_metric(uint32_t metric, Run run) {
  return with_number_metric<CompareHalfL2<Half>, CompareHalfInnerProduct<Half>,
                            CompareHalfCosine<Half>>(metric, run);
}

// Calls `run` with the type of the comparison.
template <typename Run>
inline auto with_comparison(uint32_t element_type, uint32_t metric, Run run) {
  switch (element_type) {
    case kElementFloat32:
      return with_number_metric<CompareF32L2, CompareF32InnerProduct, CompareF32Cosine>(metric,
                                                                                        run);
    case kElementFloat16:
      return with_half_metric<Float16>(metric, run);
    case kElementBfloat16:
      return with_half_metric<Bfloat16>(metric, run);
    case kElementInt8:
      return with_number_metric<CompareI8L2, CompareI8InnerProduct, CompareI8Cosine>(metric, run);
    default:
      if (metric == kMetricHamming) return run(ComparisonType<CompareBitsHamming>());
      return run(ComparisonType<CompareBitsJaccard>());
  }
}

}  // namespace elanus
