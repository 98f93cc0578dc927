// Algorithms 1 and 4 of the paper: a row is linked to the nearest rows that are not nearer to one
// another than to it, and those link back. Any number of threads insert at once.
//
// Locks: never two lists at once; the entry lock, which the few rows above the top level hold while
// they are inserted, comes before any list's.
#pragma once

#include "hnsw/walk.h"

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

template <typename Space>
class Insertion {
 public:
  Insertion(Graph& graph, Space& space, WorkingSpace& working, VisitedRows& visited)
      : graph_(graph),
        space_(space),
        working_(working),
        walk_(graph, space, working, visited),
        pool_capacity_(pool_capacity(graph.parameters)) {}

  // False when a lock could not be had: the build has failed.
  bool insert(uint32_t row) {
    const uint32_t level = level_of_row(graph_.parameters, row);
    const EntryPoint seen = graph_.entry();
    if (!seen.is_none() && level <= seen.level()) return link(row, level, seen);
    uint8_t* entry_lock = reinterpret_cast<uint8_t*>(&graph_.entry_lock);
    if (!acquire_lock(entry_lock)) return false;
    const EntryPoint entry = graph_.entry();
    const bool is_linked = entry.is_none() || link(row, level, entry);
    if (is_linked && (entry.is_none() || level > entry.level())) {
      graph_.set_entry(EntryPoint::of(row, level));
    }
    release_lock(entry_lock);
    return is_linked;
  }

 private:
  static uint32_t pool_capacity(const GraphParameters& parameters) {
    return minimum(kPoolMax, maximum(parameters.ef_construction, parameters.links_max));
  }

  bool link(uint32_t row, uint32_t level, EntryPoint entry) {
    space_.set_query_row(row);
    Entry nearest = walk_.entry_at(entry.row());
    if (entry.level() > level) nearest = walk_.descend(nearest, entry.level(), level);
    for (uint32_t above = minimum(level, entry.level()) + 1; above > 0; above--) {
      SortedPool pool(working_.pool, pool_capacity_);
      walk_.gather(pool, nearest, above - 1);
      nearest = pool[0] & ~kMark;
      if (!link_on_level(row, above - 1, pool)) return false;
    }
    return true;
  }

  bool link_on_level(uint32_t row, uint32_t level, SortedPool& pool) {
    const uint32_t count = select(pool.entries(), pool.size(), graph_.parameters.links_max);
    if (!write_own_list(row, level, count)) return false;
    for (uint32_t index = 0; index < count; index++) {
      // Linking back overwrites the selection: it is read again from the list that now holds it.
      const uint32_t linked = working_.unvisited[index];
      if (!link_back(linked, row, level)) return false;
    }
    return true;
  }

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

  // Rows inserted meanwhile may have linked to this one already: theirs are kept behind our own.
  bool write_own_list(uint32_t row, uint32_t level, uint32_t count) {
    uint32_t* list = graph_.list(row, level);
    const uint32_t capacity = graph_.list_capacity(level);
    if (!acquire_lock(graph_.locks.get() + row)) return false;
    uint32_t end = count;
    for (uint32_t index = 0; index < capacity && list[index] != kNoRow; index++) {
      if (end < capacity && !is_selected(list[index], count)) working_.selected[end++] = list[index];
    }
    for (uint32_t index = 0; index < end; index++) list[index] = working_.selected[index];
    release_lock(graph_.locks.get() + row);
    for (uint32_t index = 0; index < count; index++) {
      working_.unvisited[index] = working_.selected[index];
    }
    return true;
  }

  bool is_selected(uint32_t row, uint32_t count) const {
    for (uint32_t index = 0; index < count; index++) {
      if (working_.selected[index] == row) return true;
    }
    return false;
  }

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

  // A full list and one more, reduced to those that are not hidden.
  void prune(uint32_t row, uint32_t added, uint32_t* list, uint32_t size) {
    Entry* candidates = working_.candidates;
    for (uint32_t index = 0; index <= size; index++) {
      const uint32_t linked = index < size ? list[index] : added;
      candidates[index] = make_entry(space_.key_between(row, linked, __builtin_inff()), linked);
    }
    sort_entries(candidates, size + 1);
    const uint32_t count = select(candidates, size + 1, size);
    for (uint32_t index = 0; index < size; index++) {
      list[index] = index < count ? working_.selected[index] : kNoRow;
    }
  }

  Graph& graph_;
  Space& space_;
  WorkingSpace& working_;
  Walk<Space> walk_;
  uint32_t pool_capacity_;
};

}  // namespace elanus
