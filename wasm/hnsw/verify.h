// What a loaded graph must satisfy before anybody walks it: every link leads to a row that exists
// and that has a list on that level, and the entry point is the top.
#pragma once

#include "hnsw/graph.h"

namespace elanus {

inline bool is_valid_list(const Graph& graph, const uint32_t* list, uint32_t level) {
  const uint32_t capacity = graph.list_capacity(level);
  bool has_ended = false;
  for (uint32_t index = 0; index < capacity; index++) {
    const uint32_t linked = list[index];
    if (linked == kNoRow) {
      has_ended = true;
      continue;
    }
    if (has_ended || linked >= graph.parameters.row_count) return false;
    if (level > 0 && level_of_row(graph.parameters, linked) < level) return false;
  }
  return true;
}

inline bool is_valid_graph(const Graph& graph) {
  uint32_t top_level = 0;
  for (uint32_t row = 0; row < graph.parameters.row_count; row++) {
    const uint32_t row_level = level_of_row(graph.parameters, row);
    top_level = maximum(top_level, row_level);
    for (uint32_t level = 0; level <= row_level; level++) {
      if (!is_valid_list(graph, graph.list(row, level), level)) return false;
    }
  }
  const EntryPoint entry = graph.entry();
  if (graph.parameters.row_count == 0) return entry.is_none();
  return !entry.is_none() && entry.row() < graph.parameters.row_count &&
         entry.level() == top_level &&
         level_of_row(graph.parameters, entry.row()) == top_level;
}

}  // namespace elanus
