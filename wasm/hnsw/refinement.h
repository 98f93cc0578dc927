// A row looks for links once more, now by a walk of the graph from where it is: what no division put
// into one leaf with it is a few steps away. Any number of threads refine at once.
#pragma once

#include "hnsw/linking.h"
#include "hnsw/walk.h"

namespace elanus {

template <typename Space>
class Refinement {
 public:
  Refinement(const Graph& graph, Space& space, WorkingSpace& working, VisitedRows& visited)
      : graph_(graph),
        space_(space),
        working_(working),
        linking_(graph, space, working),
        walk_(graph, space, working, visited) {}

  // `width` is that of the walk. False when a lock could not be had: the build has failed.
  bool refine(uint32_t row, uint32_t level, uint32_t width) {
    space_.set_query_row(row);
    SortedPool pool(working_.pool, width);
    walk_.gather(pool, walk_.entry_at(row), level);
    const uint32_t found = drop(pool.entries(), pool.size(), row);
    const uint32_t count = linking_.select(pool.entries(), found, graph_.parameters.links_max);
    if (!write_own_list(row, level, count)) return false;
    for (uint32_t index = 0; index < count; index++) {
      if (!linking_.link_back(working_.own[index], row, level)) return false;
    }
    return true;
  }

 private:
  // The walk found the row itself too.
  static uint32_t drop(Entry* entries, uint32_t count, uint32_t row) {
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count; index++) {
      if (row_of(entries[index]) != row) entries[kept++] = entries[index];
    }
    return kept;
  }

  // Links that others made to be found from here are kept behind the row's own.
  bool write_own_list(uint32_t row, uint32_t level, uint32_t count) {
    uint32_t* selected = working_.selected;
    for (uint32_t index = 0; index < count; index++) working_.own[index] = selected[index];
    uint32_t* list = graph_.list(row, level);
    const uint32_t capacity = graph_.list_capacity(level);
    if (!acquire_lock(graph_.locks.get() + row)) return false;
    uint32_t end = count;
    for (uint32_t index = 0; index < capacity && list[index] != kNoRow; index++) {
      if (end < capacity && !contains_row(selected, count, list[index])) {
        selected[end++] = list[index];
      }
    }
    for (uint32_t index = 0; index < end; index++) list[index] = selected[index];
    release_lock(graph_.locks.get() + row);
    return true;
  }

  const Graph& graph_;
  Space& space_;
  WorkingSpace& working_;
  Linking<Space> linking_;
  Walk<Space> walk_;
};

}  // namespace elanus
