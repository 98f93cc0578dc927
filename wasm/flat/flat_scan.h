// Exact search: every row that is not excluded is compared with every query, and each query keeps
// its nearest in a heap.
//
// For several queries, rows are taken a cache-sized run at a time: memory is read once for all of
// them. A kernel for several queries at once would save loads from the first-level cache too, but
// it sums in another order, and then a query's distances would depend on its company.
#pragma once

#include "base/bitset.h"
#include "base/heap.h"
#include "flat/comparisons.h"

namespace elanus {

// Written word by word by the caller; its order is repeated in src/kernels/requests.ts.
struct FlatScanRequest {
  Address<const uint8_t> rows;
  uint32_t row_stride;  // In elements: whole registers of them, zeros behind the vector's own.
  uint32_t metric;
  uint32_t row_from;
  uint32_t row_to;
  // One bit a row, counted from `row_from`, set when the row is out. Absent: all are in.
  Address<const uint8_t> excluded;
  // Query after query, `row_stride` elements each; of halves, float32 ones.
  Address<const uint8_t> queries;
  uint32_t query_count;
  uint32_t topk;
  // For each query `topk` entries, and how many of them are in use.
  Address<Entry> heaps;
  Address<uint32_t> heap_sizes;
  uint32_t element_type;
};

template <typename Visit>
inline void for_each_included(const uint8_t* excluded, uint32_t bit_base, uint32_t from,
                              uint32_t to, Visit visit) {
  if (excluded == nullptr) {
    for (uint32_t row = from; row < to; row++) visit(row);
    return;
  }
  for (uint32_t row = from; row < to; row++) {
    const uint32_t bit = row - bit_base;
    const uint8_t included = static_cast<uint8_t>(~excluded[bit >> 3]) >> (bit & 7);
    // To the byte's end, or to its next bit: most of a selective filter is passed over.
    row += included == 0 ? 7 - (bit & 7) : static_cast<uint32_t>(__builtin_ctz(included));
    if (included != 0 && row < to) visit(row);
  }
}

class FlatScan {
 public:
  explicit FlatScan(const FlatScanRequest& request)
      : request_(request),
        excluded_(request.excluded.get()),
        row_bytes_(vector_bytes(request.element_type, request.row_stride)),
        query_bytes_(query_bytes(request.element_type, request.row_stride)) {}

  void run() const {
    with_comparison(request_.element_type, request_.metric,
                    [this]<typename Comparison>(ComparisonType<Comparison>) {
                      scan_all<Comparison>();
                    });
  }

 private:
  static constexpr uint32_t kCacheBytes = 128 * 1024;

  uint32_t run_length() const {
    if (request_.query_count == 1) return request_.row_to;
    return maximum<uint32_t>(8, kCacheBytes / row_bytes_);
  }

  template <typename Comparison>
  void scan_all() const {
    for (uint32_t from = request_.row_from; from < request_.row_to;) {
      const uint32_t to = from + minimum(run_length(), request_.row_to - from);
      for (uint32_t query = 0; query < request_.query_count; query++) {
        scan_run<Comparison>(query, from, to);
      }
      from = to;
    }
  }

  template <typename Comparison>
  void scan_run(uint32_t query, uint32_t from, uint32_t to) const {
    const uint8_t* values = request_.queries.get() + static_cast<size_t>(query) * query_bytes_;
    const Comparison comparison(values, request_.row_stride);
    Entry* entries = request_.heaps.get() + static_cast<size_t>(query) * request_.topk;
    NearestHeap nearest(entries, request_.heap_sizes[query], request_.topk);
    for_each_included(excluded_, request_.row_from, from, to, [&](uint32_t row) {
      const uint8_t* row_values = request_.rows.get() + static_cast<size_t>(row) * row_bytes_;
      nearest.offer(make_entry(comparison.key(row_values), row));
    });
    request_.heap_sizes[query] = nearest.size();
  }

  const FlatScanRequest& request_;
  const uint8_t* excluded_;
  uint32_t row_bytes_;
  uint32_t query_bytes_;
};

}  // namespace elanus
