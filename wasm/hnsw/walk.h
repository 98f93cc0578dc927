// The walks of "Efficient and robust approximate nearest neighbor search using hierarchical
// navigable small world graphs" (Malkov and Yashunin, 2018; arXiv:1603.09320).
//
// Departures: the candidate queue and the result of algorithm 2 are one sorted pool, as a candidate
// that is farther than the whole result would end the walk anyway; a list's unvisited rows are
// gathered, and their memory touched, before the first distance is taken.
#pragma once

#include "hnsw/graph.h"
#include "hnsw/pool.h"
#include "hnsw/working_space.h"

namespace elanus {

template <typename Space>
class Walk {
 public:
  Walk(const Graph& graph, const Space& space, WorkingSpace& working, VisitedRows& visited)
      : graph_(graph), space_(space), working_(working), visited_(visited) {}

  Entry entry_at(uint32_t row) const {
    return make_entry(space_.key(row, __builtin_inff()), row);
  }

  // Greedy steps on each level from `from` down to, and not on, `to`.
  Entry descend(Entry nearest, uint32_t from, uint32_t to) const {
    for (uint32_t level = from; level > to; level--) {
      for (bool has_moved = true; has_moved;) {
        has_moved = false;
        const uint32_t* list = graph_.upper_list(row_of(nearest), level);
        for (uint32_t index = 0; index < graph_.parameters.links_max; index++) {
          if (list[index] == kNoRow) break;
          const Entry entry = make_entry(space_.key(list[index], key_of(nearest)), list[index]);
          if (entry < nearest) {
            nearest = entry;
            has_moved = true;
          }
        }
      }
    }
    return nearest;
  }

  // The rows nearest to the query that are reached from `start`, in the pool.
  void gather(SortedPool& pool, Entry start, uint32_t level) {
    visited_.visit(row_of(start));
    pool.insert(start);
    for (uint32_t next = 0; next < pool.size();) {
      if (pool[next] & kMark) {
        next++;
        continue;
      }
      pool[next] |= kMark;
      const uint32_t count = collect_unvisited(row_of(pool[next]), level);
      uint32_t lowest = kNoRow;
      for (uint32_t index = 0; index < count; index++) {
        const float bound = pool.bound();
        const uint32_t row = working_.unvisited[index];
        const float key = space_.key(row, bound);
        if (pool.is_full() && !(key < bound)) continue;
        lowest = minimum(lowest, pool.insert(make_entry(key, row)));
      }
      next = minimum(lowest, next + 1);
    }
    visited_.clear();
  }

  // As above, but only rows that `excluded` leaves in come into the result, while the walk goes
  // through all. False when it has looked at `visit_max` rows and is not done.
  bool gather_included(NearestHeap& result, Entry start, const uint8_t* excluded,
                       uint32_t visit_max) {
    Heap<NearestFirst> frontier(working_.frontier, 0);
    visited_.visit(row_of(start));
    frontier.push(start);
    if (!has_bit(excluded, row_of(start))) result.offer(start);
    bool is_done = true;
    while (frontier.size() > 0 && frontier.top() < result.bound()) {
      const uint32_t count = collect_unvisited(row_of(frontier.pop()), 0);
      if (visited_.count() > visit_max || frontier.size() + count > kFrontierMax) {
        is_done = false;
        break;
      }
      for (uint32_t index = 0; index < count; index++) {
        const uint32_t row = working_.unvisited[index];
        const bool is_full = result.is_full();
        const float bound = is_full ? key_of(result.bound()) : __builtin_inff();
        const float key = space_.key(row, bound);
        if (is_full && !(key < bound)) continue;
        const Entry entry = make_entry(key, row);
        frontier.push(entry);
        if (!has_bit(excluded, row)) result.offer(entry);
      }
    }
    visited_.clear();
    return is_done;
  }

 private:
  uint32_t collect_unvisited(uint32_t row, uint32_t level) {
    const uint32_t* list = graph_.list(row, level);
    const uint32_t capacity = graph_.list_capacity(level);
    uint32_t count = 0;
    uint32_t touched = 0;
    for (uint32_t index = 0; index < capacity; index++) {
      const uint32_t linked = list[index];
      if (linked == kNoRow) break;
      if (!visited_.visit(linked)) continue;
      working_.unvisited[count++] = linked;
      touched += space_.touch(linked);
    }
    working_.touched = touched;
    return count;
  }

  const Graph& graph_;
  const Space& space_;
  WorkingSpace& working_;
  VisitedRows& visited_;
};

}  // namespace elanus
