// Where the parts of a graph lie, and their first content.
#pragma once

#include "hnsw/build.h"

namespace elanus {

class GraphLayout {
 public:
  explicit GraphLayout(const GraphParameters& parameters) : parameters_(parameters) {
    for (uint32_t row = 0; row < parameters.row_count; row++) {
      upper_list_count_ += level_of_row(parameters, row);
    }
  }

  // The parts' addresses from the graph's own on; returns the size in bytes, in 64 bits because a
  // graph that does not fit the address space is to be refused, not wrapped around.
  uint64_t place(uint64_t address, Graph* graph) const {
    const uint64_t row_count = parameters_.row_count;
    const uint64_t links_max = parameters_.links_max;
    const uint64_t row_bits_bytes = align((row_count + 7) / 8);
    const bool has_factors = parameters_.metric != kMetricL2;
    uint64_t next = address + align(sizeof(Graph));
    const uint64_t factors = take(&next, has_factors ? row_count * sizeof(float) : 0);
    const bool has_codes = parameters_.has_codes != 0;
    const uint64_t row_stride = parameters_.row_stride;
    const uint64_t offsets = take(&next, has_codes ? row_stride * sizeof(float) : 0);
    const uint64_t code_bytes = code_row_bytes(parameters_.row_stride);
    const uint64_t codes = take(&next, has_codes ? row_count * code_bytes : 0);
    const uint64_t base_links = take(&next, row_count * 2 * links_max * sizeof(uint32_t));
    const uint64_t upper_starts = take(&next, row_count * sizeof(uint32_t));
    const uint64_t upper_links = take(&next, upper_list_count_ * links_max * sizeof(uint32_t));
    const uint64_t locks = take(&next, row_count);
    const uint64_t slots = take(&next, uint64_t{parameters_.slot_count} * 2 * row_bits_bytes);
    const uint64_t order = take(&next, 2 * row_count * sizeof(uint32_t));
    const uint64_t build_state = take(&next, sizeof(BuildState));
    if (graph != nullptr) {
      fill_bytes(graph, 0, sizeof(Graph));
      graph->parameters = parameters_;
      graph->row_factors = {static_cast<uint32_t>(factors)};
      graph->codebook.offsets = {static_cast<uint32_t>(offsets)};
      graph->codes = {static_cast<uint32_t>(codes)};
      graph->base_links = {static_cast<uint32_t>(base_links)};
      graph->upper_starts = {static_cast<uint32_t>(upper_starts)};
      graph->upper_links = {static_cast<uint32_t>(upper_links)};
      graph->locks = {static_cast<uint32_t>(locks)};
      graph->slots = {static_cast<uint32_t>(slots)};
      graph->order = {static_cast<uint32_t>(order)};
      graph->build_state = {static_cast<uint32_t>(build_state)};
      graph->upper_list_count = static_cast<uint32_t>(upper_list_count_);
      graph->row_bits_bytes = static_cast<uint32_t>(row_bits_bytes);
      graph->size_bytes = static_cast<uint32_t>(next - address);
      graph->entry_point = EntryPoint::none().word;
    }
    return next - address;
  }

 private:
  static uint64_t align(uint64_t bytes) { return (bytes + kLineBytes - 1) & ~uint64_t{kLineBytes - 1}; }

  static uint64_t take(uint64_t* next, uint64_t bytes) {
    const uint64_t address = *next;
    *next += align(bytes);
    return address;
  }

  const GraphParameters& parameters_;
  uint64_t upper_list_count_ = 0;
};

// Empty lists and level starts for every row. The memory may have served another index.
inline void initialise_lists(const Graph& graph) {
  const GraphParameters& parameters = graph.parameters;
  const size_t row_count = parameters.row_count;
  const size_t list_bytes = graph.base_links_max() * sizeof(uint32_t);
  fill_bytes(graph.base_links.get(), 0xff, row_count * list_bytes);
  const size_t upper_bytes = size_t{graph.upper_list_count} * parameters.links_max * sizeof(uint32_t);
  fill_bytes(graph.upper_links.get(), 0xff, upper_bytes);
  fill_bytes(graph.locks.get(), 0, row_count);
  uint32_t start = 0;
  for (uint32_t row = 0; row < row_count; row++) {
    graph.upper_starts[row] = start;
    start += level_of_row(parameters, row);
  }
}

}  // namespace elanus
