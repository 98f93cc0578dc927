// A search of the graph, or of the rows themselves where that costs less. What a walk on codes found
// is compared again on the rows, so that hits have the same distances however they were found.
#pragma once

#include "flat/flat_scan.h"
#include "hnsw/fitness.h"
#include "hnsw/spaces.h"
#include "hnsw/walk.h"

namespace elanus {

// Written word by word by the caller; its order is repeated in src/kernels/requests.ts.
struct GraphSearchRequest {
  Address<const Graph> graph;
  Address<const float> query;  // As long as a row's stride, zeros behind it.
  uint32_t topk;
  uint32_t ef;
  uint32_t slot;
  // Rows that may be found. When not all, the slot's excluded bits say which are out.
  uint32_t included_count;
  Address<WorkingSpace> working;
  // Where the hits go: at most `topk` of them.
  Address<uint32_t> result_rows;
  Address<float> result_distances;
};

template <typename A, typename B>
inline constexpr bool kIsExact = false;
template <typename A>
inline constexpr bool kIsExact<A, A> = true;

// What is chosen between costs about as much as the bytes that it fetches, and so many more for each
// row. docs/ENGINE.md has the measurements.
constexpr float kVisitBytes = 256;
constexpr float kScanBytes = 64;
// A scan this much wider than its result looks at codes first.
constexpr uint32_t kCodeScanWidening = 8;
// What is left where a walk was given up is far from the query, and codes tell far rows apart less: so
// much wider is the scan that follows.
constexpr uint32_t kGivenUpWidening = 8;
constexpr uint32_t kTouchBatch = 16;
// So many times as many rows as hits are compared exactly: twice as many hold nearly all hits where
// codes are fit (hnsw/fitness.h).
constexpr uint32_t kRerankFactor = 3;

// `Space` is what the walk goes by, `ExactSpace` what hits are measured in.
template <typename Space, typename ExactSpace>
class GraphSearch {
 public:
  explicit GraphSearch(const GraphSearchRequest& request)
      : request_(request), graph_(*request.graph.get()), working_(*request.working.get()) {}

  uint32_t run() const {
    const uint32_t row_count = graph_.parameters.row_count;
    const uint32_t included_count = request_.included_count;
    if (included_count == 0 || graph_.entry().is_none()) return 0;
    const uint32_t ef = minimum(maximum(request_.ef, ef_min()), included_count);
    if (ef > kPoolMax || walk_cost(ef) >= scan_cost(ef)) return scan(ef);
    if (included_count == row_count) return walk(ef);
    return walk_included(ef);
  }

 private:
  // Codes may put a hit a few places too far: there is more to compare exactly than is asked for.
  uint32_t ef_min() const {
    return kIsExact<Space, ExactSpace> ? request_.topk : request_.topk + request_.topk / 2;
  }

  uint32_t walk(uint32_t ef) const {
    Space space(graph_, working_);
    space.set_query(request_.query.get());
    VisitedRows visited = visited_rows();
    Walk<Space> walk(graph_, space, working_, visited);
    SortedPool pool(working_.pool, ef);
    walk.gather(pool, start_of(walk), 0);
    return finish(pool.entries(), pool.size());
  }

  // A filter that has nothing to do with the query widens the walk as foreseen. One that keeps away
  // from it would never end the walk: that one is given up at the cost of a scan.
  uint32_t walk_included(uint32_t ef) const {
    Space space(graph_, working_);
    space.set_query(request_.query.get());
    VisitedRows visited = visited_rows();
    Walk<Space> walk(graph_, space, working_, visited);
    NearestHeap result(working_.pool, 0, ef);
    const uint32_t visit_max = static_cast<uint32_t>(scan_cost(ef) / visit_cost());
    const uint8_t* excluded = graph_.excluded_bits(request_.slot);
    if (!walk.gather_included(result, start_of(walk), excluded, visit_max)) {
      return scan(minimum(kGivenUpWidening * ef, request_.included_count));
    }
    sort_nearest_heap(working_.pool, result.size());
    return finish(working_.pool, result.size());
  }

  // In order of nearness by codes, so that the bound is low from early on. What is far behind by codes
  // is no hit, unless a filter leaves only what is far from the query, which codes tell apart less.
  uint32_t finish(const Entry* entries, uint32_t size) const {
    if constexpr (kIsExact<Space, ExactSpace>) return write(entries, size);
    ExactSpace exact(graph_, working_);
    exact.set_query(request_.query.get());
    NearestHeap nearest(working_.frontier, 0, request_.topk);
    const bool is_filtered = request_.included_count < graph_.parameters.row_count;
    const uint32_t compared_count =
        is_filtered ? size : minimum(size, kRerankFactor * request_.topk);
    uint32_t touched = 0;
    for (uint32_t index = 0; index < compared_count; index++) {
      if (index + 1 < compared_count) touched += exact.touch(row_of(entries[index + 1]));
      const uint32_t row = row_of(entries[index]);
      const float bound = nearest.is_full() ? key_of(nearest.bound()) : __builtin_inff();
      nearest.offer(make_entry(exact.key(row, bound), row));
    }
    working_.touched = touched;
    sort_nearest_heap(working_.frontier, nearest.size());
    return write(working_.frontier, nearest.size());
  }

  uint32_t scan(uint32_t ef) const {
    return scans_codes(ef) ? scan_codes(ef) : scan_rows();
  }

  const uint8_t* excluded_bits() const {
    const bool is_filtered = request_.included_count < graph_.parameters.row_count;
    return is_filtered ? graph_.excluded_bits(request_.slot) : nullptr;
  }

  uint32_t scan_rows() const {
    const GraphParameters& parameters = graph_.parameters;
    uint32_t size = 0;
    FlatScanRequest scan{};
    scan.rows = {parameters.rows.value};
    scan.row_stride = parameters.row_stride;
    scan.metric = parameters.metric;
    scan.row_to = parameters.row_count;
    scan.excluded = {address_of(excluded_bits())};
    scan.queries = {request_.query.value};
    scan.query_count = 1;
    scan.topk = request_.topk;
    scan.heaps = {address_of(working_.pool)};
    scan.heap_sizes = {address_of(&size)};
    FlatScan(scan).run();
    sort_nearest_heap(working_.pool, size);
    return write(working_.pool, size);
  }

  // All rows that are in by their codes, and the nearest of those exactly. Rows are taken a few at
  // a time, so that their memory is fetched together.
  uint32_t scan_codes(uint32_t ef) const {
    Space space(graph_, working_);
    space.set_query(request_.query.get());
    NearestHeap nearest(working_.pool, 0, ef);
    uint32_t* rows = working_.unvisited;
    uint32_t count = 0;
    const auto compare_all = [&] {
      for (uint32_t index = 0; index < count; index++) {
        nearest.offer(make_entry(space.key(rows[index], __builtin_inff()), rows[index]));
      }
      count = 0;
    };
    uint32_t touched = 0;
    for_each_included(excluded_bits(), 0, 0, graph_.parameters.row_count, [&](uint32_t row) {
      rows[count++] = row;
      touched += space.touch(row);
      if (count == kTouchBatch) compare_all();
    });
    compare_all();
    working_.touched = touched;
    sort_nearest_heap(working_.pool, nearest.size());
    return finish(working_.pool, nearest.size());
  }

  bool scans_codes(uint32_t ef) const {
    if (kIsExact<Space, ExactSpace> || ef > kPoolMax) return false;
    return ef < request_.included_count / kCodeScanWidening;
  }

  float row_bytes() const { return graph_.parameters.row_stride * float{sizeof(float)}; }

  float walked_bytes() const {
    if (kIsExact<Space, ExactSpace>) return row_bytes();
    return static_cast<float>(code_row_bytes(graph_.parameters.row_stride));
  }

  float visit_cost() const { return kVisitBytes + walked_bytes(); }

  // As many rows are expanded as the filter leaves few, and of each one's links about a quarter is
  // visited for the first time.
  float walk_cost(uint32_t ef) const {
    const float row_count = static_cast<float>(graph_.parameters.row_count);
    const float widening = row_count / static_cast<float>(request_.included_count);
    const float visits = static_cast<float>(ef) * widening * graph_.base_links_max() / 4;
    return visits * visit_cost();
  }

  float scan_cost(uint32_t ef) const {
    const float bytes = scans_codes(ef) ? walked_bytes() : row_bytes();
    return static_cast<float>(request_.included_count) * (kScanBytes + bytes);
  }

  Entry start_of(const Walk<Space>& walk) const {
    const EntryPoint entry = graph_.entry();
    return walk.descend(walk.entry_at(entry.row()), entry.level(), 0);
  }

  VisitedRows visited_rows() const {
    return VisitedRows(graph_.visited_bits(request_.slot), graph_.row_bits_bytes,
                       working_.visited_log);
  }

  uint32_t write(const Entry* entries, uint32_t size) const {
    const uint32_t count = minimum(size, request_.topk);
    write_hits(entries, count, graph_.parameters.metric, request_.result_rows.get(),
               request_.result_distances.get());
    return count;
  }

  const GraphSearchRequest& request_;
  const Graph& graph_;
  WorkingSpace& working_;
};

template <typename Codes, typename Exact>
inline uint32_t search_in_space(const GraphSearchRequest& request) {
  if (request.graph.get()->walk_space == kWalkOnCodes) {
    return GraphSearch<Codes, Exact>(request).run();
  }
  return GraphSearch<Exact, Exact>(request).run();
}

// Returns how many hits were written.
inline uint32_t search_graph(const GraphSearchRequest& request) {
  switch (request.graph.get()->parameters.metric) {
    case kMetricL2:
      return search_in_space<SquaredL2SpaceCodes, SquaredL2SpaceF32>(request);
    case kMetricInnerProduct:
      return search_in_space<InnerProductSpaceCodes, InnerProductSpaceF32>(request);
    default:
      return search_in_space<SquaredL2SpaceCodes, CosineSpaceF32>(request);
  }
}

}  // namespace elanus
