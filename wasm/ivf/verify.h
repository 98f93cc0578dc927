// What a loaded index must satisfy before anybody searches it: lists that follow one another and
// hold each row once, in order, numbers that are numbers, and codes that stand for something.
#pragma once

#include "ivf/encodings.h"
#include "kernels/finite_f32_simd.h"

namespace elanus {

inline bool are_finite(const Address<float>& values, uint64_t count) {
  return first_non_finite_f32_simd(values.get(), static_cast<uint32_t>(count)) < 0;
}

// `seen` has a zero bit for each row.
inline bool are_valid_lists(const Ivf& ivf, uint8_t* seen) {
  const uint32_t row_count = ivf.parameters.row_count;
  const uint32_t list_count = ivf.parameters.list_count;
  if (ivf.list_starts[0] != 0 || ivf.list_starts[list_count] != row_count) return false;
  for (uint32_t list = 0; list < list_count; list++) {
    if (ivf.list_starts[list] > ivf.list_starts[list + 1]) return false;
  }
  for (uint32_t place = 0; place < row_count; place++) {
    const uint32_t row = ivf.list_rows[place];
    if (row >= row_count || test_and_set_bit(seen, row)) return false;
  }
  return true;
}

inline bool is_valid_ivf(Ivf& ivf, uint32_t slot) {
  const IvfParameters& parameters = ivf.parameters;
  uint8_t* seen = ivf.excluded_bits(slot);
  fill_bytes(seen, 0, ivf.row_bits_bytes);
  if (!are_valid_lists(ivf, seen)) return false;
  if (!are_finite(ivf.centroids, uint64_t{parameters.list_count} * ivf.vector_stride)) return false;
  const uint32_t block_count = ivf.block_count;
  place_blocks(ivf);
  return ivf.block_count == block_count;
}

}  // namespace elanus
