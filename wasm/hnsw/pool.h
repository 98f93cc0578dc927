// The nearest rows that a walk has met, in order, at most `capacity`: one array serves as candidate
// queue and as result. Keeping it sorted costs a move per insertion, which for the widths that
// searches use is less than two heaps cost.
#pragma once

#include "base/entry.h"

namespace elanus {

class SortedPool {
 public:
  SortedPool(Entry* entries, uint32_t capacity) : entries_(entries), capacity_(capacity) {}

  uint32_t size() const { return size_; }
  bool is_full() const { return size_ == capacity_; }
  Entry& operator[](uint32_t index) { return entries_[index]; }
  Entry* entries() { return entries_; }

  // The key that a row must come below to be let in.
  float bound() const { return is_full() ? key_of(entries_[size_ - 1]) : __builtin_inff(); }

  // Inserts an entry that may come in, pushing the farthest out of a full pool; returns its place.
  uint32_t insert(Entry entry) {
    const uint32_t place = place_of(entry);
    if (!is_full()) size_++;
    for (uint32_t index = size_ - 1; index > place; index--) entries_[index] = entries_[index - 1];
    entries_[place] = entry;
    return place;
  }

 private:
  uint32_t place_of(Entry entry) const {
    uint32_t low = 0;
    uint32_t high = size_;
    while (low < high) {
      const uint32_t middle = (low + high) >> 1;
      if (entries_[middle] < entry) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  Entry* entries_;
  uint32_t capacity_;
  uint32_t size_ = 0;
};

}  // namespace elanus
