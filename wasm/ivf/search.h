// A search of the lists, or of the rows themselves where that costs less.
//
// Lists are taken in the order of their centroids' nearness: as many as are asked for, and on until
// enough rows that may be found were seen. So a filter widens the search, one that keeps away from
// the query by more, and a search for every row finds every row.
#pragma once

#include "flat/flat_scan.h"
#include "ivf/rows.h"
#include "ivf/assign.h"
#include "ivf/scanners.h"
#include "ivf/working_space.h"

namespace elanus {

// Written word by word by the caller; its order is repeated in src/kernels/requests.ts.
struct IvfSearchRequest {
  Address<const Ivf> ivf;
  Address<const uint8_t> query;  // As it was staged.
  uint32_t topk;
  uint32_t probe_count;
  // Hits by code that are compared again exactly.
  uint32_t candidate_count;
  uint32_t slot;
  // Rows that may be found. When not all, the slot's excluded bits say which are out.
  uint32_t included_count;
  Address<IvfSearchSpace> space;
  // Where the hits go: at most `topk` of them.
  Address<uint32_t> result_rows;
  Address<float> result_distances;
  uint32_t query_bits;  // Of the query against bits; 0: as many as there are.
};

// Beside the bytes that it compares, a row costs about as much as so many.
constexpr float kRowScanBytes = 64;
// And one in a list that is looked at, in or out; its code; a part of its code.
constexpr float kListRowBytes = 16;
constexpr float kCodeScanBytes = 32;
constexpr float kLookUpBytes = 8;

class IvfSearch {
 public:
  explicit IvfSearch(const IvfSearchRequest& request)
      : request_(request),
        ivf_(*request.ivf.get()),
        space_(*request.space.get()),
        excluded_(request.included_count < ivf_.parameters.row_count
                      ? ivf_.excluded_bits(request.slot)
                      : nullptr) {}

  uint32_t run() const {
    if (request_.included_count == 0) return 0;
    if (scan_cost() <= probe_cost()) return scan_rows();
    const QuerySpace space = QuerySpace::of(ivf_, request_.slot);
    vector_of_query(ivf_, request_.query.get(), space.query);
    if (is_exact()) return probe_rows(space);
    NearestHeap candidates(space_.candidates, 0, candidate_count());
    probe_codes(space, candidates);
    return refine(candidates);
  }

 private:
  using ListHeap = Heap<NearestFirst>;

  uint32_t candidate_count() const {
    return minimum(maximum(request_.candidate_count, request_.topk), kCandidateMax);
  }

  uint32_t list_count() const { return ivf_.parameters.list_count; }

  float included_share() const {
    const float row_count = static_cast<float>(ivf_.parameters.row_count);
    return static_cast<float>(request_.included_count) / row_count;
  }

  // Rows that are in and are to be seen: where all are, those of the lists that are asked for.
  // The nearest of a share of the rows lie farther than those of all, but not by as much as they
  // are fewer: widened by the root of the share, searches keep the recall that they have without a
  // filter. docs/ENGINE.md has the measurements.
  float rows_wanted() const {
    const float lists = static_cast<float>(minimum(request_.probe_count, list_count()));
    const float rows = static_cast<float>(ivf_.parameters.row_count);
    const float share = __builtin_sqrtf(included_share());
    const float asked = static_cast<float>(request_.topk);
    return maximum(asked, rows * share * lists / static_cast<float>(list_count()));
  }

  float scan_cost() const {
    const float row_cost = kRowScanBytes + static_cast<float>(ivf_.row_bytes());
    return static_cast<float>(request_.included_count) * row_cost;
  }

  bool is_exact() const { return ivf_.parameters.encoding == kEncodeNone; }

  // Bytes that looking at a row's code costs about as much as.
  float code_cost() const {
    switch (ivf_.parameters.encoding) {
      case kEncodeNone:
        return kRowScanBytes + static_cast<float>(ivf_.row_bytes());
      case kEncodeProduct:
        return kLookUpBytes * static_cast<float>(ivf_.code_bytes);
      case kEncodeScalar:
        return kCodeScanBytes + static_cast<float>(ivf_.code_bytes);
      default:
        return static_cast<float>(ivf_.code_bytes) / kBlockRows;
    }
  }

  // Lists are gone through until enough rows that are in were seen, or all rows.
  float probe_cost() const {
    if (request_.probe_count >= list_count() && is_exact()) return __builtin_inff();
    const float row_count = static_cast<float>(ivf_.parameters.row_count);
    const float seen = minimum(rows_wanted() / included_share(), row_count);
    const float compared = has_blocks(ivf_.parameters.encoding) ? seen : seen * included_share();
    const float again = is_exact() ? 0 : static_cast<float>(candidate_count());
    const float row_cost = kRowScanBytes + static_cast<float>(ivf_.row_bytes());
    return seen * kListRowBytes + compared * code_cost() + again * row_cost;
  }

  // Every list with the key of its centroid: half the squared distance, short of the same for all,
  // or the negated product.
  ListHeap rank_lists(const float* query) const {
    const float* rows[1] = {query};
    ListHeap lists(space_.probes, 0);
    for (uint32_t first = 0; first < ivf_.column_count; first += kTileColumns) {
      float products[kTileColumns];
      dot_tile_f32<1>(rows, ivf_.centroid(first), ivf_.vector_stride, products);
      const uint32_t count = minimum(kTileColumns, list_count() - first);
      for (uint32_t column = 0; column < count; column++) {
        const uint32_t list = first + column;
        const float offset = ivf_.is_inner_product() ? 0 : ivf_.half_squares[list];
        lists.push(make_entry(offset - products[column], list));
      }
    }
    return lists;
  }

  uint32_t probe_rows(const QuerySpace& space) const {
    NearestHeap nearest(space_.nearest, 0, request_.topk);
    with_exact([&](const auto& comparison) {
      probe(space.query, RowScanner(ivf_, comparison), nearest);
    });
    return write(nearest.size());
  }

  void probe_codes(const QuerySpace& space, NearestHeap& candidates) const {
    switch (ivf_.parameters.encoding) {
      case kEncodeScalar:
        return probe(space.query, ScalarScanner(ivf_, space), candidates);
      case kEncodeProduct:
        return probe(space.query, ProductScanner(ivf_, space), candidates);
      default:
        return probe(space.query, BlockScanner(ivf_, space, request_.query_bits), candidates);
    }
  }

  // Calls `run` with the query as rows are compared with it.
  template <typename Run>
  void with_exact(Run run) const {
    const IvfParameters& parameters = ivf_.parameters;
    with_comparison(parameters.element_type, parameters.metric,
                    [&]<typename Comparison>(ComparisonType<Comparison>) {
                      run(Comparison(request_.query.get(), parameters.row_stride));
                    });
  }

  template <typename Scanner>
  void probe(const float* query, const Scanner& scanner, NearestHeap& nearest) const {
    ListHeap lists = rank_lists(query);
    const float query_square = inner_product_f32_simd(query, query, ivf_.vector_stride);
    // Without a filter lists of other than average size may hold fewer rows than so many.
    const uint32_t wanted =
        excluded_ == nullptr ? request_.topk : static_cast<uint32_t>(rows_wanted());
    uint32_t seen = 0;
    for (uint32_t probed = 0; lists.size() > 0; probed++) {
      if (probed >= request_.probe_count && seen >= wanted) break;
      const Entry entry = lists.pop();
      const float key = key_of(entry);
      const float base = ivf_.is_inner_product() ? key : query_square + 2 * key;
      seen += scanner.scan(row_of(entry), base, excluded_, nearest);
    }
  }

  uint32_t refine(NearestHeap& candidates) const {
    const uint32_t size = candidates.size();
    sort_nearest_heap(space_.candidates, size);
    NearestHeap nearest(space_.nearest, 0, request_.topk);
    with_exact([&](const auto& comparison) {
      for (uint32_t index = 0; index < size; index++) {
        const uint32_t row = row_of(space_.candidates[index]);
        nearest.offer(make_entry(comparison.key(ivf_.row_values(row)), row));
      }
    });
    return write(nearest.size());
  }

  uint32_t scan_rows() const {
    const IvfParameters& parameters = ivf_.parameters;
    uint32_t size = 0;
    FlatScanRequest scan{};
    scan.rows = parameters.rows;
    scan.row_stride = parameters.row_stride;
    scan.metric = parameters.metric;
    scan.element_type = parameters.element_type;
    scan.row_to = parameters.row_count;
    scan.excluded = {static_cast<uint32_t>(reinterpret_cast<uintptr_t>(excluded_))};
    scan.queries = request_.query;
    scan.query_count = 1;
    scan.topk = request_.topk;
    scan.heaps = {static_cast<uint32_t>(reinterpret_cast<uintptr_t>(space_.nearest))};
    scan.heap_sizes = {static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&size))};
    FlatScan(scan).run();
    return write(size);
  }

  uint32_t write(uint32_t size) const {
    sort_nearest_heap(space_.nearest, size);
    write_hits(space_.nearest, size, ivf_.parameters.metric, request_.result_rows.get(),
               request_.result_distances.get());
    return size;
  }

  const IvfSearchRequest& request_;
  const Ivf& ivf_;
  IvfSearchSpace& space_;
  const uint8_t* excluded_;
};

// Returns how many hits were written.
inline uint32_t search_ivf(const IvfSearchRequest& request) { return IvfSearch(request).run(); }

}  // namespace elanus
