// What a build asks of an encoding, by its number.
#pragma once

#include "ivf/bit_code.h"
#include "ivf/fast_scan.h"
#include "ivf/product_code.h"
#include "ivf/scalar_code.h"
#include "ivf/working_space.h"

namespace elanus {

// Where each list's blocks begin, for encodings that have blocks.
inline void place_blocks(Ivf& ivf) {
  uint32_t block = 0;
  const uint32_t list_count = ivf.parameters.list_count;
  for (uint32_t list = 0; list < list_count; list++) {
    ivf.list_blocks[list] = block;
    block += blocks_of(ivf.list_size(list));
  }
  ivf.list_blocks[list_count] = block;
  ivf.block_count = has_blocks(ivf.parameters.encoding) ? block : 0;
}

inline bool has_parts(uint32_t encoding) {
  return encoding == kEncodeProduct || encoding == kEncodeFastProduct;
}

// A codebook is learned in so many units.
inline uint32_t codebook_unit_count(const Ivf& ivf) {
  if (ivf.parameters.encoding == kEncodeScalar) return 1;
  return has_parts(ivf.parameters.encoding) ? ivf.parameters.part_count : 0;
}

// By one thread, before the units.
inline void prepare_codebook(const Ivf& ivf, float* space) {
  if (has_parts(ivf.parameters.encoding)) set_sample_factors(ivf, space);
}

inline void train_codebook_unit(const Ivf& ivf, uint32_t unit, float* space) {
  if (ivf.parameters.encoding == kEncodeScalar) return train_scalar_code(ivf, space);
  PartTraining(ivf, unit, space).run(kIvfSpaceBytes / sizeof(float));
}

class ListEncoding {
 public:
  ListEncoding(const Ivf& ivf, uint32_t list, float* space)
      : ivf_(ivf), list_(list), vector_(space), centre_(space + residual_room(ivf)) {}

  void run() const {
    if (ivf_.parameters.encoding == kEncodeBits) rotate_centre();
    if (has_blocks(ivf_.parameters.encoding)) clear_blocks();
    for (uint32_t index = 0; index < ivf_.list_size(list_); index++) encode(index);
  }

 private:
  // The last part may reach beyond the vector, by less than a part.
  static uint32_t residual_room(const Ivf& ivf) {
    return round_up(ivf.vector_stride + ivf.part_dimension, 4);
  }

  void rotate_centre() const {
    centre_query(ivf_, ivf_.centroid(list_), centre_);
    rotate(centre_, ivf_.vector_stride, ivf_.parameters.seed);
  }

  // Rows that fill a list's last block up count for nothing, but files hold them.
  void clear_blocks() const {
    const size_t from = ivf_.list_blocks[list_];
    const size_t count = ivf_.list_blocks[list_ + 1] - from;
    fill_bytes(ivf_.codes.get() + from * ivf_.code_bytes, 0, count * ivf_.code_bytes);
    const size_t term_bytes = count * kBlockRows * sizeof(float);
    fill_bytes(ivf_.row_terms.get() + from * kBlockRows, 0, term_bytes);
    if (ivf_.parameters.encoding != kEncodeBits) return;
    fill_bytes(ivf_.row_factors.get() + from * kBlockRows, 0, term_bytes);
  }

  void encode(uint32_t index) const {
    const uint32_t place = ivf_.list_starts[list_] + index;
    const uint32_t row = ivf_.list_rows[place];
    switch (ivf_.parameters.encoding) {
      case kEncodeScalar:
        return encode_scalar_row(ivf_, place, vector_of_row(ivf_, row, vector_));
      case kEncodeProduct: {
        uint8_t* codes = ivf_.codes.get() + size_t{place} * ivf_.code_bytes;
        residual_of_row(ivf_, row, list_, vector_);
        ivf_.row_terms[place] = encode_parts(ivf_, list_, vector_, [&](uint32_t part, uint32_t code) {
          codes[part] = static_cast<uint8_t>(code);
        });
        return;
      }
      default:
        return encode_in_block(index, row);
    }
  }

  void encode_in_block(uint32_t index, uint32_t row) const {
    const size_t block = ivf_.list_blocks[list_] + index / kBlockRows;
    const uint32_t lane = index % kBlockRows;
    const size_t position = block * kBlockRows + lane;
    uint8_t* codes = ivf_.codes.get() + block * ivf_.code_bytes;
    const auto set = [&](uint32_t part, uint32_t code) { set_block_code(codes, part, lane, code); };
    residual_of_row(ivf_, row, list_, vector_);
    if (ivf_.parameters.encoding == kEncodeFastProduct) {
      ivf_.row_terms[position] = encode_parts(ivf_, list_, vector_, set);
      return;
    }
    const BitRow encoded = encode_bits(ivf_, vector_, centre_, set);
    ivf_.row_terms[position] = encoded.term;
    ivf_.row_factors[position] = encoded.factor;
  }

  const Ivf& ivf_;
  uint32_t list_;
  float* vector_;
  float* centre_;
};

inline void encode_list(const Ivf& ivf, uint32_t list, float* space) {
  ListEncoding(ivf, list, space).run();
}

}  // namespace elanus
