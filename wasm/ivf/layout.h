// Where the parts of an index lie.
#pragma once

#include "ivf/ivf.h"

namespace elanus {

// Rows that a list's centroid is learned from: with more, centroids hardly move.
constexpr uint32_t kSampleRowsPerList = 64;
// A codebook is learned from at least so many, where there are as many.
constexpr uint32_t kSampleMin = 16384;

class IvfLayout {
 public:
  explicit IvfLayout(const IvfParameters& parameters) : parameters_(parameters) {}

  // Fills in the parts' addresses from the index's own on; returns the size in bytes, in 64 bits
  // because one that does not fit the address space is to be refused, not wrapped around.
  uint64_t place(uint64_t address, Ivf* ivf) const {
    Ivf described{};
    describe(described);
    next_ = address;
    take(sizeof(Ivf));
    place_lists(described);
    place_codes(described);
    place_build(described);
    described.slots.value = take(uint64_t{parameters_.slot_count} * described.slot_bytes);
    const uint64_t size = next_ - address;
    if (ivf == nullptr) return size;
    described.size_bytes = static_cast<uint32_t>(size);
    *ivf = described;
    return size;
  }

 private:
  void describe(Ivf& ivf) const {
    const uint32_t encoding = parameters_.encoding;
    ivf.parameters = parameters_;
    ivf.vector_stride = round_up(parameters_.dimension, 4);
    ivf.column_count = round_up(parameters_.list_count, 4);
    if (encoding == kEncodeProduct || encoding == kEncodeFastProduct) {
      ivf.part_dimension =
          (parameters_.dimension + parameters_.part_count - 1) / parameters_.part_count;
      ivf.part_stride = round_up(1u << parameters_.part_bits, kPartStrideUnit);
    }
    ivf.code_bytes = code_bytes(ivf);
    const uint64_t wanted = maximum<uint64_t>(
        uint64_t{parameters_.list_count} * kSampleRowsPerList, kSampleMin);
    ivf.sample_count = static_cast<uint32_t>(minimum<uint64_t>(parameters_.row_count, wanted));
    ivf.row_bits_bytes = round_up((parameters_.row_count + 7) / 8, kLineBytes);
    ivf.slot_bytes = ivf.row_bits_bytes + round_up(slot_floats(ivf) * 4, kLineBytes);
    if (has_blocks(encoding)) {
      ivf.block_count_max = parameters_.row_count / kBlockRows + parameters_.list_count;
    }
  }

  uint32_t code_bytes(const Ivf& ivf) const {
    switch (parameters_.encoding) {
      case kEncodeScalar:
        return round_up(ivf.vector_stride, 16);
      case kEncodeProduct:
        return parameters_.part_count;
      case kEncodeFastProduct:
      case kEncodeBits:
        return parameters_.part_count * (kBlockRows / 2);
      default:
        return 0;
    }
  }

  // The query, two other versions of it, and two tables of a number for each value of each part.
  uint32_t slot_floats(const Ivf& ivf) const {
    const uint32_t values = parameters_.encoding == kEncodeBits ? 16 : ivf.part_stride;
    return 3 * round_up(ivf.vector_stride, 16) + 2 * parameters_.part_count * values;
  }

  uint64_t code_positions(const Ivf& ivf) const {
    if (parameters_.encoding == kEncodeNone) return 0;
    if (!has_blocks(parameters_.encoding)) return parameters_.row_count;
    return uint64_t{ivf.block_count_max} * kBlockRows;
  }

  void place_lists(Ivf& ivf) const {
    const uint64_t list_count = parameters_.list_count;
    ivf.centroids.value = take_floats(uint64_t{ivf.column_count} * ivf.vector_stride);
    ivf.half_squares.value = take_floats(ivf.column_count);
    ivf.list_starts.value = take_floats(list_count + 1);
    ivf.list_blocks.value = take_floats(list_count + 1);
    ivf.list_rows.value = take_floats(parameters_.row_count);
  }

  void place_codes(Ivf& ivf) const {
    const uint64_t positions = code_positions(ivf);
    const bool has_row_factors =
        parameters_.encoding == kEncodeBits || parameters_.encoding == kEncodeScalar;
    const uint64_t rows_a_code = has_blocks(parameters_.encoding) ? kBlockRows : 1;
    ivf.mean.value = take_floats(ivf.vector_stride);
    ivf.codebook.value = take_floats(codebook_floats(ivf));
    ivf.part_squares.value = take_floats(uint64_t{parameters_.part_count} * ivf.part_stride);
    ivf.codes.value = take(positions / rows_a_code * ivf.code_bytes);
    ivf.row_terms.value = take_floats(positions);
    ivf.row_factors.value = take_floats(has_row_factors ? positions : 0);
  }

  uint64_t codebook_floats(const Ivf& ivf) const {
    if (parameters_.encoding == kEncodeScalar) return 2 * uint64_t{ivf.vector_stride};
    return uint64_t{parameters_.part_count} * ivf.part_dimension * ivf.part_stride;
  }

  void place_build(Ivf& ivf) const {
    const uint64_t sums = parameters_.encoding == kEncodeScalar ? 0 : codebook_floats(ivf);
    ivf.assignments.value = take_floats(parameters_.row_count);
    ivf.sample_rows.value = take_floats(ivf.sample_count);
    ivf.sample_order.value = take_floats(ivf.sample_count);
    ivf.sample_starts.value = take_floats(uint64_t{parameters_.list_count} + 1);
    ivf.sums.value = take_floats(sums);
  }

  uint32_t take_floats(uint64_t count) const { return take(count * sizeof(float)); }

  uint32_t take(uint64_t bytes) const {
    const uint64_t address = next_;
    next_ += (bytes + kLineBytes - 1) & ~uint64_t{kLineBytes - 1};
    return static_cast<uint32_t>(address);
  }

  const IvfParameters& parameters_;
  mutable uint64_t next_ = 0;
};

}  // namespace elanus
