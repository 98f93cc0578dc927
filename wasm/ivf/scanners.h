// How lists are looked through, a type for each encoding. A scanner offers each row of a list that
// is not excluded to a heap, and returns how many those were.
#pragma once

#include "base/bitset.h"
#include "base/heap.h"
#include "ivf/ivf.h"

namespace elanus {

inline bool is_included(const uint8_t* excluded, uint32_t row) {
  return excluded == nullptr || !has_bit(excluded, row);
}

// Compares the rows themselves. They lie scattered, so the next few are touched ahead.
template <typename Comparison>
class RowScanner {
 public:
  static constexpr bool kIsExact = true;
  static constexpr bool kComparesExcluded = false;
  static float row_bytes(const Ivf& ivf) { return static_cast<float>(ivf.row_bytes()); }

  RowScanner(const Ivf& ivf, const Comparison& comparison) : ivf_(ivf), comparison_(comparison) {}

  uint32_t scan(uint32_t list, float, const uint8_t* excluded, NearestHeap& nearest) const {
    const uint32_t to = ivf_.list_starts[list + 1];
    uint32_t rows[kBatch];
    uint32_t count = 0;
    uint32_t included = 0;
    uint32_t touched = 0;
    for (uint32_t place = ivf_.list_starts[list]; place < to; place++) {
      const uint32_t row = ivf_.list_rows[place];
      if (!is_included(excluded, row)) continue;
      included++;
      rows[count++] = row;
      touched += touch(row);
      if (count == kBatch) offer(rows, &count, nearest);
    }
    offer(rows, &count, nearest);
    keep_alive(touched);
    return included;
  }

 private:
  static constexpr uint32_t kBatch = 16;
  static constexpr uint32_t kTouchBytes = 1024;

  static void keep_alive(uint32_t value) { __asm__ volatile("" : : "r"(value)); }

  uint32_t touch(uint32_t row) const {
    const uint8_t* values = ivf_.row_values(row);
    const uint32_t bytes = minimum(ivf_.row_bytes(), kTouchBytes);
    uint32_t sum = 0;
    for (uint32_t offset = 0; offset < bytes; offset += kLineBytes) sum += values[offset];
    return sum;
  }

  void offer(const uint32_t* rows, uint32_t* count, NearestHeap& nearest) const {
    for (uint32_t index = 0; index < *count; index++) {
      const float key = comparison_.key(ivf_.row_values(rows[index]));
      nearest.offer(make_entry(key, rows[index]));
    }
    *count = 0;
  }

  const Ivf& ivf_;
  const Comparison& comparison_;
};

}  // namespace elanus
