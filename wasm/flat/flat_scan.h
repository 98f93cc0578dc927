// Exact search: every row that is not excluded is compared with every query, and each query keeps
// its nearest in a heap.
//
// For several queries, rows are taken a cache-sized run at a time: memory is read once for all of
// them. A kernel for several queries at once would save loads from the first-level cache too, but
// it sums in another order, and then a query's distances would depend on its company.
#pragma once

#include "base/bitset.h"
#include "base/heap.h"
#include "base/metric.h"
#include "kernels/squared_l2_f32_simd.h"

namespace elanus {

// Written word by word by the caller; its order is repeated in src/kernels/requests.ts.
struct FlatScanRequest {
  Address<const float> rows;
  uint32_t row_stride;  // In elements: a multiple of four, zeros behind the vector's own.
  uint32_t metric;
  uint32_t row_from;
  uint32_t row_to;
  // One bit a row, counted from `row_from`, set when the row is out. Absent: all are in.
  Address<const uint8_t> excluded;
  // Query after query, `row_stride` elements each.
  Address<const float> queries;
  uint32_t query_count;
  uint32_t topk;
  // For each query `topk` entries, and how many of them are in use.
  Address<Entry> heaps;
  Address<uint32_t> heap_sizes;
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
      : request_(request), excluded_(request.excluded.get()), stride_(request.row_stride) {}

  void run() const {
    switch (request_.metric) {
      case kMetricL2:
        return scan_all([this](const float* query, const float* row, float) {
          return squared_l2_f32_simd(query, row, stride_);
        });
      case kMetricInnerProduct:
        return scan_all([this](const float* query, const float* row, float) {
          return -inner_product_f32_simd(query, row, stride_);
        });
      default:
        return scan_all([this](const float* query, const float* row, float query_scale) {
          const float scale = query_scale * inverse_norm_f32_simd(row, stride_);
          return -(inner_product_f32_simd(query, row, stride_) * scale);
        });
    }
  }

 private:
  static constexpr uint32_t kCacheBytes = 128 * 1024;

  uint32_t run_length() const {
    if (request_.query_count == 1) return request_.row_to;
    return maximum<uint32_t>(8, kCacheBytes / (stride_ * sizeof(float)));
  }

  template <typename KeyOf>
  void scan_all(KeyOf key_of_pair) const {
    for (uint32_t from = request_.row_from; from < request_.row_to;) {
      const uint32_t to = from + minimum(run_length(), request_.row_to - from);
      for (uint32_t query = 0; query < request_.query_count; query++) {
        scan_run(query, from, to, key_of_pair);
      }
      from = to;
    }
  }

  template <typename KeyOf>
  void scan_run(uint32_t query, uint32_t from, uint32_t to, KeyOf key_of_pair) const {
    const float* values = request_.queries.get() + static_cast<size_t>(query) * stride_;
    const float scale =
        request_.metric == kMetricCosine ? inverse_norm_f32_simd(values, stride_) : 1;
    Entry* entries = request_.heaps.get() + static_cast<size_t>(query) * request_.topk;
    NearestHeap nearest(entries, request_.heap_sizes[query], request_.topk);
    for_each_included(excluded_, request_.row_from, from, to, [&](uint32_t row) {
      const float* row_values = request_.rows.get() + static_cast<size_t>(row) * stride_;
      nearest.offer(make_entry(key_of_pair(values, row_values, scale), row));
    });
    request_.heap_sizes[query] = nearest.size();
  }

  const FlatScanRequest& request_;
  const uint8_t* excluded_;
  uint32_t stride_;
};

}  // namespace elanus
