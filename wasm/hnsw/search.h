// A search of the graph, or of the rows themselves where that costs less.
#pragma once

#include "flat/flat_scan.h"
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

// In units of one distance of a sequential scan. A row that a walk visits is fetched from anywhere
// and costs more; of a list's rows about half were visited before. docs/ENGINE.md has the
// measurements.
constexpr float kVisitCost = 2.0f;
constexpr float kNewShareOfList = 0.5f;

template <typename Space>
class GraphSearch {
 public:
  GraphSearch(const GraphSearchRequest& request)
      : request_(request), graph_(*request.graph.get()), working_(*request.working.get()) {}

  uint32_t run() const {
    const uint32_t row_count = graph_.parameters.row_count;
    const uint32_t included_count = request_.included_count;
    if (included_count == 0 || graph_.entry().is_none()) return 0;
    const uint32_t ef = minimum(maximum(request_.ef, request_.topk), included_count);
    const float visits_per_row = graph_.base_links_max() * kNewShareOfList * kVisitCost;
    const float widening = static_cast<float>(row_count) / static_cast<float>(included_count);
    const float walk_cost = static_cast<float>(ef) * widening * visits_per_row;
    if (ef > kPoolMax || walk_cost >= static_cast<float>(included_count)) return scan();
    if (included_count == row_count) return walk(ef);
    return walk_included(ef);
  }

 private:
  uint32_t walk(uint32_t ef) const {
    Space space(graph_);
    space.set_query(request_.query.get());
    VisitedRows visited = visited_rows();
    Walk<Space> walk(graph_, space, working_, visited);
    SortedPool pool(working_.pool, ef);
    walk.gather(pool, start_of(walk), 0);
    return write(pool.entries(), pool.size());
  }

  // A filter that has nothing to do with the query widens the walk as foreseen. One that keeps away
  // from it would never end the walk: that one is given up at the cost of a scan.
  uint32_t walk_included(uint32_t ef) const {
    Space space(graph_);
    space.set_query(request_.query.get());
    VisitedRows visited = visited_rows();
    Walk<Space> walk(graph_, space, working_, visited);
    NearestHeap result(working_.pool, 0, ef);
    const uint32_t visit_max = static_cast<uint32_t>(request_.included_count / kVisitCost);
    const uint8_t* excluded = graph_.excluded_bits(request_.slot);
    if (!walk.gather_included(result, start_of(walk), excluded, visit_max)) return scan();
    sort_nearest_heap(working_.pool, result.size());
    return write(working_.pool, result.size());
  }

  uint32_t scan() const {
    const GraphParameters& parameters = graph_.parameters;
    const bool is_filtered = request_.included_count < parameters.row_count;
    uint32_t size = 0;
    FlatScanRequest scan{};
    scan.rows = parameters.rows;
    scan.row_stride = parameters.row_stride;
    scan.metric = parameters.metric;
    scan.row_to = parameters.row_count;
    if (is_filtered) scan.excluded = {address_of(graph_.excluded_bits(request_.slot))};
    scan.queries = request_.query;
    scan.query_count = 1;
    scan.topk = request_.topk;
    scan.heaps = {address_of(working_.pool)};
    scan.heap_sizes = {address_of(&size)};
    FlatScan(scan).run();
    sort_nearest_heap(working_.pool, size);
    return write(working_.pool, size);
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

  static uint32_t address_of(const void* pointer) {
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pointer));
  }

  const GraphSearchRequest& request_;
  const Graph& graph_;
  WorkingSpace& working_;
};

}  // namespace elanus
