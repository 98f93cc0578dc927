// What one thread works in while it walks: carved out of memory that its slot gives it.
#pragma once

#include "base/bitset.h"
#include "base/heap.h"

namespace elanus {

// The widest pool of a walk. A search that wants more compares every row instead, which is cheaper
// at such widths; a build that wants more is not made better by it.
constexpr uint32_t kPoolMax = 32768;
// Rows that a filtered walk may hold in hand before it gives up to the exact scan.
constexpr uint32_t kFrontierMax = 65536;
constexpr uint32_t kVisitedLogMax = 8192;
// Lists have at most this many rows: twice the largest M, and one more while one is pruned.
constexpr uint32_t kListMax = 4096 + 512;
constexpr uint32_t kLeafMax = 360;

// Which rows were visited: one bit each, all zero between walks.
class VisitedRows {
 public:
  VisitedRows(uint8_t* bits, uint32_t byte_count, uint32_t* log)
      : bits_(bits), byte_count_(byte_count), log_(log) {}

  // True the first time.
  bool visit(uint32_t row) {
    if (test_and_set_bit(bits_, row)) return false;
    if (log_size_ < kVisitedLogMax) log_[log_size_] = row;
    log_size_++;
    return true;
  }

  uint32_t count() const { return log_size_; }

  // Few bits in a large set are cleared one by one: filling it all would empty the cache.
  void clear() {
    if (byte_count_ > kSmallBytes && log_size_ <= kVisitedLogMax) {
      for (uint32_t index = 0; index < log_size_; index++) bits_[log_[index] >> 3] = 0;
    } else {
      fill_bytes(bits_, 0, byte_count_);
    }
    log_size_ = 0;
  }

 private:
  static constexpr uint32_t kSmallBytes = 8192;

  uint8_t* bits_;
  uint32_t byte_count_;
  uint32_t* log_;
  uint32_t log_size_ = 0;
};

// The widest row, in codes.
constexpr uint32_t kCodeCountMax = 32768;

struct WorkingSpace {
  Entry pool[kPoolMax];
  union {
    Entry frontier[kFrontierMax];
    float leaf_keys[kLeafMax * kLeafMax];
  };
  float leaf_alive[kLeafMax];
  Entry candidates[kListMax];
  uint32_t unvisited[kListMax];
  uint32_t selected[kListMax];
  uint32_t gathered[kListMax];
  uint32_t own[kListMax];
  uint32_t visited_log[kVisitedLogMax];
  int8_t query_codes[kCodeCountMax];
  volatile uint32_t touched;
};

}  // namespace elanus
