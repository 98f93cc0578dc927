// What a build asks of an encoding, by its number.
#pragma once

#include "ivf/ivf.h"

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

// A codebook is learned in rounds of so many units.
inline uint32_t codebook_unit_count(const Ivf&) { return 0; }

inline void train_codebook_unit(const Ivf&, uint32_t, float*) {}

// True when it was the last round.
inline bool finish_codebook_round(Ivf&) { return true; }

inline void encode_list(const Ivf&, uint32_t, float*) {}

}  // namespace elanus
