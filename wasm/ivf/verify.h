// What a loaded index must satisfy before anybody searches it: lists that follow one another and
// hold each row once, and codes that stand for something. Numbers may be anything: rows whose squares
// overflow lead to infinite ones, and no search minds.
#pragma once

#include "ivf/encodings.h"

namespace elanus {

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

// A product's code names one of the values that its part has, or its table would be overrun. Every
// other code stands for something.
inline bool are_valid_codes(const Ivf& ivf) {
  const uint32_t encoding = ivf.parameters.encoding;
  if (encoding != kEncodeProduct || ivf.parameters.part_bits == 8) return true;
  const size_t code_count = size_t{ivf.parameters.row_count} * ivf.code_bytes;
  for (size_t index = 0; index < code_count; index++) {
    if (ivf.codes[index] >> ivf.parameters.part_bits) return false;
  }
  return true;
}

inline bool is_valid_ivf(Ivf& ivf, uint32_t slot) {
  uint8_t* seen = ivf.excluded_bits(slot);
  fill_bytes(seen, 0, ivf.row_bits_bytes);
  if (!are_valid_lists(ivf, seen)) return false;
  const uint32_t block_count = ivf.block_count;
  place_blocks(ivf);
  if (ivf.block_count != block_count) return false;
  return are_valid_codes(ivf);
}

}  // namespace elanus
