// A navigable small-world graph over the rows of a store, and how it lies in memory.
//
//     Graph | row factors | codebook | codes | base links | upper starts | upper links | locks |
//     slots | order | build state
//
// Codes: a row's vector in 7 bits an element (codes/codebook.h), by which walks go where that is
// good enough; what they find is then compared exactly. For the cosine, of the vector made 1 long.
//
// Base links: for each row `base_links_max` rows, contiguous, so that a row's list is found without
// a look-up. Upper links: for each level above the base that a row reaches `links_max` rows; a row's
// lists follow one another from its start. A list ends at its first kNoRow or at its capacity.
//
// A row's level is a function of the seed, the row and links_max alone: it is neither stored nor
// drawn in order, so a build is the same on a seed, and a file needs no level table.
//
// While a graph is built by several threads, lists change under a lock each and are read without:
// a reader may find a list short or half replaced, never a row that does not exist.
//
// Order and build state serve the build alone (hnsw/build.h).
#pragma once

#include "base/metric.h"
#include "base/spin_lock.h"
#include "codes/codebook.h"

namespace elanus {

constexpr uint32_t kNoRow = 0xffffffffu;
constexpr uint32_t kLevelMax = 14;

// What the owner asks for; its order is repeated in src/kernels/requests.ts.
struct GraphParameters {
  Address<const float> rows;
  uint32_t row_count;
  uint32_t row_stride;  // In elements.
  uint32_t metric;
  uint32_t links_max;  // "M" of the paper; twice as many on the base level.
  uint32_t ef_construction;
  uint32_t seed;
  uint32_t slot_count;  // Threads that can have the graph open at once.
  uint32_t has_codes;
};

// What a walk measures nearness on.
enum WalkSpace : uint32_t { kWalkOnRows = 0, kWalkOnCodes = 1 };

// The way into the graph, in one word so that it changes in one step.
struct EntryPoint {
  static constexpr uint32_t kRowBits = 28;
  uint32_t word;

  static EntryPoint of(uint32_t row, uint32_t level) { return {level << kRowBits | row}; }
  static EntryPoint none() { return {kNoRow}; }
  bool is_none() const { return word == kNoRow; }
  uint32_t row() const { return word & ((1u << kRowBits) - 1); }
  uint32_t level() const { return word >> kRowBits; }
};

struct Graph {
  GraphParameters parameters;
  Address<float> row_factors;  // Not for L2: hnsw/row_factors.h.
  Codebook codebook;
  Address<uint8_t> codes;
  Address<uint32_t> base_links;
  Address<uint32_t> upper_starts;
  Address<uint32_t> upper_links;
  Address<uint8_t> locks;
  Address<uint8_t> slots;
  Address<uint32_t> order;  // Rows, then a word for each.
  Address<struct BuildState> build_state;
  uint32_t upper_list_count;
  uint32_t row_bits_bytes;  // One bit a row, in whole cache lines.
  uint32_t size_bytes;
  // Words from here on are shared by the threads of a build.
  uint32_t state;
  uint32_t walk_space;
  uint32_t entry_point;
  uint32_t next_row;
  uint32_t encoded_row_count;
  uint32_t build_claims;
  uint32_t is_linked;

  uint32_t base_links_max() const { return 2 * parameters.links_max; }

  const float* row_values(uint32_t row) const {
    return parameters.rows.get() + static_cast<size_t>(row) * parameters.row_stride;
  }

  float inverse_norm(uint32_t row) const {
    return parameters.metric == kMetricCosine ? row_factors[row] : 1;
  }

  float lift(uint32_t row) const {
    return parameters.metric == kMetricInnerProduct ? row_factors[row] : 0;
  }

  CodeRow* code_row(uint32_t row) const {
    const size_t bytes = code_row_bytes(parameters.row_stride);
    return reinterpret_cast<CodeRow*>(codes.get() + row * bytes);
  }

  uint32_t* base_list(uint32_t row) const {
    return base_links.get() + static_cast<size_t>(row) * base_links_max();
  }

  uint32_t* upper_list(uint32_t row, uint32_t level) const {
    const size_t list = upper_starts[row] + (level - 1);
    return upper_links.get() + list * parameters.links_max;
  }

  uint32_t* list(uint32_t row, uint32_t level) const {
    return level == 0 ? base_list(row) : upper_list(row, level);
  }

  uint32_t list_capacity(uint32_t level) const {
    return level == 0 ? base_links_max() : parameters.links_max;
  }

  EntryPoint entry() const { return {__atomic_load_n(&entry_point, __ATOMIC_ACQUIRE)}; }
  void set_entry(EntryPoint entry) {
    __atomic_store_n(&entry_point, entry.word, __ATOMIC_RELEASE);
  }

  // Visited bits, then excluded bits, of one thread.
  uint8_t* visited_bits(uint32_t slot) const {
    return slots.get() + static_cast<size_t>(slot) * 2 * row_bits_bytes;
  }
  uint8_t* excluded_bits(uint32_t slot) const { return visited_bits(slot) + row_bits_bytes; }
};

// A full-avalanche mix of 32 bits: the finaliser of MurmurHash3 (Appleby, public domain).
inline uint32_t mix_bits(uint32_t word) {
  word ^= word >> 16;
  word *= 0x85ebca6bu;
  word ^= word >> 13;
  word *= 0xc2b2ae35u;
  return word ^ (word >> 16);
}

// Level l or above with probability links_max^-l: the paper's floor(-ln(u) / ln(M)), drawn as so
// many successes in a row, which needs no logarithm.
inline uint32_t level_of_row(const GraphParameters& parameters, uint32_t row) {
  const uint32_t threshold = 0xffffffffu / parameters.links_max;
  uint32_t draw = mix_bits(row + mix_bits(parameters.seed + 0x9e3779b9u));
  uint32_t level = 0;
  while (draw < threshold && level < kLevelMax) {
    level++;
    draw = mix_bits(draw + 0x9e3779b9u * level + row);
  }
  return level;
}

}  // namespace elanus
