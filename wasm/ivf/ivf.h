// Inverted lists over the rows of a store: k-means centroids, and for each the rows that lie nearest
// to it. A search looks through the lists whose centroids are nearest to the query.
//
//     Ivf | centroids | half squares | list starts | list blocks | list rows | mean | codebook |
//     part squares | codes | row terms | row factors | build's own | slots
//
// All of it works on float32 vectors, whatever the rows are made of: halves and bytes are widened,
// bits become 0 and 1, whose squared distance is the Hamming distance. For the cosine, and for
// Jaccard, vectors are made 1 long. So one quantiser serves every element and metric; what is found
// is compared exactly, in the rows' own elements.
//
// List l holds rows list_rows[list_starts[l] .. list_starts[l + 1]), in ascending order.
#pragma once

#include "flat/comparisons.h"

namespace elanus {

// How lists are looked through. Its numbers are repeated in src/vector-index/ivf-memory.ts.
enum Encoding : uint32_t {
  kEncodeNone = 0,         // The rows themselves, where they lie.
  kEncodeScalar = 1,       // 8 bits an element.
  kEncodeProduct = 2,      // Up to 8 bits a part of the residual.
  kEncodeFastProduct = 3,  // 4 bits a part, looked up in registers.
  kEncodeBits = 4,         // 1 bit an element of the rotated residual.
};

// What the owner asks for; its order is repeated in src/kernels/requests.ts.
struct IvfParameters {
  Address<const uint8_t> rows;
  uint32_t row_count;
  uint32_t row_stride;  // In elements.
  uint32_t element_type;
  uint32_t metric;
  uint32_t dimension;
  uint32_t list_count;
  uint32_t encoding;
  uint32_t part_count;  // Of a code: "m" for products, four elements each for bits.
  uint32_t part_bits;
  uint32_t seed;
  uint32_t slot_count;  // Threads that can have the index open at once.
};

struct Ivf {
  IvfParameters parameters;
  uint32_t vector_stride;   // Of a float32 vector, in elements: a multiple of four.
  uint32_t column_count;    // Lists, rounded up to a multiple of four.
  uint32_t part_dimension;  // Elements of a part.
  uint32_t part_stride;     // Values of a part, rounded up to a multiple of sixteen.
  uint32_t code_bytes;      // Of a row, or of a block of rows.
  Address<float> centroids;
  Address<float> half_squares;  // |c|² / 2.
  Address<uint32_t> list_starts;
  Address<uint32_t> list_blocks;
  Address<uint32_t> list_rows;
  Address<float> mean;
  Address<float> codebook;
  Address<float> part_squares;  // |v|² / 2 of each value of each part.
  Address<uint8_t> codes;
  Address<float> row_terms;
  Address<float> row_factors;
  Address<uint32_t> assignments;
  Address<uint32_t> sample_rows;
  Address<uint32_t> sample_order;
  Address<uint32_t> sample_starts;
  Address<float> sums;
  Address<uint8_t> slots;
  uint32_t sample_count;
  uint32_t row_bits_bytes;
  uint32_t slot_bytes;
  uint32_t block_count_max;
  uint32_t size_bytes;
  // Words from here on are shared by the threads of a build.
  uint32_t state;
  uint32_t phase;
  uint32_t iteration;
  uint32_t remaining;  // Units of the phase that nobody has claimed.
  uint32_t pending;    // Units that are not finished.
  uint32_t epoch;      // Counts phases; threads that find nothing to do wait for it to change.
  uint32_t block_count;

  bool is_normalised() const {
    return parameters.metric == kMetricCosine || parameters.metric == kMetricJaccard;
  }
  bool is_inner_product() const { return parameters.metric == kMetricInnerProduct; }

  uint32_t row_bytes() const {
    return vector_bytes(parameters.element_type, parameters.row_stride);
  }
  const uint8_t* row_values(uint32_t row) const {
    return parameters.rows.get() + static_cast<size_t>(row) * row_bytes();
  }
  float* centroid(uint32_t list) const {
    return centroids.get() + static_cast<size_t>(list) * vector_stride;
  }
  uint32_t list_size(uint32_t list) const { return list_starts[list + 1] - list_starts[list]; }

  // Values of one element of a part, one after another; then those of the next element.
  float* part_values(uint32_t part) const {
    return codebook.get() + static_cast<size_t>(part) * part_dimension * part_stride;
  }
  float* part_half_squares(uint32_t part) const {
    return part_squares.get() + static_cast<size_t>(part) * part_stride;
  }

  // A thread's own: excluded bits, then room for queries and look-up tables.
  uint8_t* excluded_bits(uint32_t slot) const {
    return slots.get() + static_cast<size_t>(slot) * slot_bytes;
  }
  float* slot_floats(uint32_t slot) const {
    return reinterpret_cast<float*>(excluded_bits(slot) + row_bits_bytes);
  }
};

// Values of a part are compared so many at a time.
constexpr uint32_t kPartStrideUnit = 16;

// Rows of a block that is looked through at once, where codes are looked up in registers.
constexpr uint32_t kBlockRows = 32;

inline bool has_blocks(uint32_t encoding) {
  return encoding == kEncodeFastProduct || encoding == kEncodeBits;
}

inline uint32_t blocks_of(uint32_t row_count) { return (row_count + kBlockRows - 1) / kBlockRows; }

inline uint32_t round_up(uint32_t value, uint32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// A full-avalanche mix of 32 bits: the finaliser of MurmurHash3 (Appleby, public domain).
inline uint32_t mix_word(uint32_t word) {
  word ^= word >> 16;
  word *= 0x85ebca6bu;
  word ^= word >> 13;
  word *= 0xc2b2ae35u;
  return word ^ (word >> 16);
}

}  // namespace elanus
