// Algorithm 4 of the paper, and how lists change: a row is linked to the nearest rows that are not
// nearer to one another than to it. Any number of threads link at once.
//
// Locks: never two lists at once.
#pragma once

#include "hnsw/graph.h"
#include "hnsw/working_space.h"

namespace elanus {

inline void sort_entries(Entry* entries, uint32_t count) {
  if (count > 64) {
    NearestHeap heap(entries, 0, count);
    for (uint32_t index = 0; index < count; index++) heap.offer(entries[index]);
    sort_nearest_heap(entries, count);
    return;
  }
  for (uint32_t index = 1; index < count; index++) {
    const Entry entry = entries[index];
    uint32_t hole = index;
    for (; hole > 0 && entries[hole - 1] > entry; hole--) entries[hole] = entries[hole - 1];
    entries[hole] = entry;
  }
}

inline bool contains_row(const uint32_t* rows, uint32_t count, uint32_t row) {
  for (uint32_t index = 0; index < count; index++) {
    if (rows[index] == row) return true;
  }
  return false;
}

template <typename Space>
class Linking {
 public:
  Linking(const Graph& graph, const Space& space, WorkingSpace& working)
      : graph_(graph), space_(space), working_(working) {}

  // Rows that are nearer to the base than to any that was taken before. Entries are sorted; the
  // selection is left in working_.selected.
  uint32_t select(const Entry* entries, uint32_t entry_count, uint32_t count_max) {
    uint32_t count = 0;
    for (uint32_t index = 0; index < entry_count && count < count_max; index++) {
      const uint32_t row = row_of(entries[index]);
      const float key = key_of(entries[index]);
      bool is_hidden = false;
      for (uint32_t taken = 0; taken < count && !is_hidden; taken++) {
        is_hidden = space_.key_between(row, working_.selected[taken], key) < key;
      }
      if (!is_hidden) working_.selected[count++] = row;
    }
    return count;
  }

  // Chooses among `count` rows, whose memory is fetched together; the selection is left in
  // working_.selected.
  uint32_t select_rows(uint32_t base, const uint32_t* rows, uint32_t count, uint32_t count_max) {
    uint32_t touched = 0;
    for (uint32_t index = 0; index < count; index++) touched += space_.touch(rows[index]);
    working_.touched = touched;
    Entry* candidates = working_.candidates;
    for (uint32_t index = 0; index < count; index++) {
      const float key = space_.key_between(base, rows[index], __builtin_inff());
      candidates[index] = make_entry(key, rows[index]);
    }
    sort_entries(candidates, count);
    return select(candidates, count, count_max);
  }

  // Links `row` to `to`. False when the lock could not be had: the build has failed.
  bool link_back(uint32_t row, uint32_t to, uint32_t level) {
    if (!acquire_lock(graph_.locks.get() + row)) return false;
    uint32_t* list = graph_.list(row, level);
    const uint32_t capacity = graph_.list_capacity(level);
    uint32_t size = 0;
    bool is_linked = false;
    for (; size < capacity && list[size] != kNoRow; size++) is_linked |= list[size] == to;
    if (!is_linked && size < capacity) {
      list[size] = to;
    } else if (!is_linked) {
      prune(row, to, list, size);
    }
    release_lock(graph_.locks.get() + row);
    return true;
  }

 private:
  // A full list and one more, reduced to those that are not hidden.
  void prune(uint32_t row, uint32_t added, uint32_t* list, uint32_t size) {
    uint32_t* rows = working_.gathered;
    for (uint32_t index = 0; index < size; index++) rows[index] = list[index];
    rows[size] = added;
    const uint32_t count = select_rows(row, rows, size + 1, size);
    for (uint32_t index = 0; index < size; index++) {
      list[index] = index < count ? working_.selected[index] : kNoRow;
    }
  }

  const Graph& graph_;
  const Space& space_;
  WorkingSpace& working_;
};

}  // namespace elanus
