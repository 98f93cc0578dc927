// Binary heaps over entries that the caller owns.
#pragma once

#include "base/entry.h"

namespace elanus {

struct NearestFirst {
  static bool is_above(Entry a, Entry b) { return a < b; }
};

struct FarthestFirst {
  static bool is_above(Entry a, Entry b) { return a > b; }
};

template <typename Order>
class Heap {
 public:
  Heap(Entry* entries, uint32_t size) : entries_(entries), size_(size) {}

  uint32_t size() const { return size_; }
  Entry top() const { return entries_[0]; }

  void push(Entry entry) {
    uint32_t hole = size_++;
    while (hole > 0) {
      const uint32_t parent = (hole - 1) / 2;
      if (!Order::is_above(entry, entries_[parent])) break;
      entries_[hole] = entries_[parent];
      hole = parent;
    }
    entries_[hole] = entry;
  }

  // Takes the top's place, for a heap that is kept at one size.
  void replace_top(Entry entry) {
    uint32_t hole = 0;
    for (;;) {
      uint32_t child = 2 * hole + 1;
      if (child >= size_) break;
      if (child + 1 < size_ && Order::is_above(entries_[child + 1], entries_[child])) child++;
      if (!Order::is_above(entries_[child], entry)) break;
      entries_[hole] = entries_[child];
      hole = child;
    }
    entries_[hole] = entry;
  }

  Entry pop() {
    const Entry top = entries_[0];
    const Entry last = entries_[--size_];
    if (size_ > 0) replace_top(last);
    return top;
  }

 private:
  Entry* entries_;
  uint32_t size_;
};

// Keeps the nearest `capacity` of the entries that it is offered, farthest on top.
class NearestHeap {
 public:
  NearestHeap(Entry* entries, uint32_t size, uint32_t capacity)
      : heap_(entries, size), capacity_(capacity) {}

  uint32_t size() const { return heap_.size(); }
  bool is_full() const { return heap_.size() == capacity_; }
  // What an entry must lie below to be kept.
  Entry bound() const { return is_full() ? heap_.top() : kNoEntry; }

  void offer(Entry entry) {
    if (!is_full()) {
      heap_.push(entry);
    } else if (entry < heap_.top()) {
      heap_.replace_top(entry);
    }
  }

 private:
  Heap<FarthestFirst> heap_;
  uint32_t capacity_;
};

// Sorts what a NearestHeap kept, nearest first, in place.
inline void sort_nearest_heap(Entry* entries, uint32_t size) {
  Heap<FarthestFirst> heap(entries, size);
  while (heap.size() > 1) {
    const uint32_t last = heap.size() - 1;
    entries[last] = heap.pop();
  }
}

}  // namespace elanus
