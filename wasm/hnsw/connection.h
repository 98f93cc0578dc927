// Sees to it that every row can be reached from the entry point along base links. Rows that hardly
// anybody is nearest to may be left without a link to them, and islands of near rows without a way
// in. Whatever was not reached is linked from the nearest row that was and has a place left; where
// all near ones are full, it stays as it is.
#pragma once

#include "hnsw/walk.h"

namespace elanus {

template <typename Space>
class Connection {
 public:
  // `queue` has a place for each row.
  Connection(const Graph& graph, WorkingSpace& working, uint32_t slot, uint32_t* queue)
      : graph_(graph),
        working_(working),
        space_(graph, working),
        visited_(graph.visited_bits(slot), graph.row_bits_bytes, working.visited_log),
        reached_(graph.excluded_bits(slot)),
        queue_(queue) {}

  void run() {
    fill_bytes(reached_, 0, graph_.row_bits_bytes);
    reach_from(graph_.entry().row());
    for (uint32_t row = 0; row < graph_.parameters.row_count; row++) {
      if (!has_bit(reached_, row) && link_to(row)) reach_from(row);
    }
  }

 private:
  static constexpr uint32_t kWidth = 64;

  void reach_from(uint32_t start) {
    uint32_t end = 0;
    test_and_set_bit(reached_, start);
    queue_[end++] = start;
    for (uint32_t next = 0; next < end; next++) {
      const uint32_t* list = graph_.base_list(queue_[next]);
      for (uint32_t index = 0; index < graph_.base_links_max() && list[index] != kNoRow; index++) {
        if (!test_and_set_bit(reached_, list[index])) queue_[end++] = list[index];
      }
    }
  }

  bool link_to(uint32_t row) {
    space_.set_query_row(row);
    Walk<Space> walk(graph_, space_, working_, visited_);
    SortedPool pool(working_.pool, kWidth);
    const EntryPoint entry = graph_.entry();
    walk.gather(pool, walk.descend(walk.entry_at(entry.row()), entry.level(), 0), 0);
    for (uint32_t index = 0; index < pool.size(); index++) {
      const uint32_t from = row_of(pool[index]);
      if (has_bit(reached_, from) && append(graph_.base_list(from), row)) return true;
    }
    return false;
  }

  bool append(uint32_t* list, uint32_t row) const {
    for (uint32_t index = 0; index < graph_.base_links_max(); index++) {
      if (list[index] != kNoRow) continue;
      list[index] = row;
      return true;
    }
    return false;
  }

  const Graph& graph_;
  WorkingSpace& working_;
  Space space_;
  VisitedRows visited_;
  uint8_t* reached_;
  uint32_t* queue_;
};

}  // namespace elanus
