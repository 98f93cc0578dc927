// Whether codes tell near rows apart, asked of the rows themselves.
//
// Codes err by a share of the whole range. Where rows lie in clumps far narrower than that, or in few
// dimensions and very close, all that is near to a row has the same codes, and no walk on them could
// find what is nearest. So for a few rows the exact nearest are looked for among the nearest by
// codes, over all rows: if some are missing, walks go by the rows themselves.
#pragma once

#include "flat/flat_scan.h"
#include "hnsw/space_codes.h"

namespace elanus {

constexpr uint32_t kProbeCount = 12;
constexpr uint32_t kProbeExact = 10;
// A walk keeps a pool at least this wide and compares it exactly.
constexpr uint32_t kProbeByCodes = 20;
constexpr float kProbeRecallMin = 0.95f;

inline uint32_t address_of(const void* pointer) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pointer));
}

inline uint32_t probe_row(const Graph& graph, uint32_t probe) {
  const uint64_t row_count = graph.parameters.row_count;
  return static_cast<uint32_t>((2 * probe + 1) * row_count / (2 * kProbeCount));
}

// The exact nearest rows of one; the row itself is among them.
inline uint32_t probe_exactly(const Graph& graph, uint32_t row, Entry* nearest) {
  uint32_t size = 0;
  FlatScanRequest scan{};
  scan.rows = {graph.parameters.rows.value};
  scan.row_stride = graph.parameters.row_stride;
  scan.metric = graph.parameters.metric;
  scan.row_to = graph.parameters.row_count;
  scan.queries = {address_of(graph.row_values(row))};
  scan.query_count = 1;
  scan.topk = kProbeExact;
  scan.heaps = {address_of(nearest)};
  scan.heap_sizes = {address_of(&size)};
  FlatScan(scan).run();
  return size;
}

// How many of the exact nearest rows are among the nearest by codes.
template <typename Space>
uint32_t count_found(const Graph& graph, WorkingSpace& working, uint32_t row, uint32_t size) {
  Space space(graph, working);
  space.set_query(graph.row_values(row));
  NearestHeap by_codes(working.frontier, 0, kProbeByCodes);
  for (uint32_t other = 0; other < graph.parameters.row_count; other++) {
    by_codes.offer(make_entry(space.key(other, 0), other));
  }
  uint32_t found = 0;
  for (uint32_t index = 0; index < size; index++) {
    for (uint32_t other = 0; other < by_codes.size(); other++) {
      if (row_of(working.pool[index]) == row_of(working.frontier[other])) found++;
    }
  }
  return found;
}

inline bool codes_are_fit(const Graph& graph, WorkingSpace& working) {
  const bool is_product = graph.parameters.metric == kMetricInnerProduct;
  uint32_t wanted = 0;
  uint32_t found = 0;
  for (uint32_t probe = 0; probe < kProbeCount; probe++) {
    const uint32_t row = probe_row(graph, probe);
    const uint32_t size = probe_exactly(graph, row, working.pool);
    wanted += size;
    found += is_product ? count_found<InnerProductSpaceCodes>(graph, working, row, size)
                        : count_found<SquaredL2SpaceCodes>(graph, working, row, size);
  }
  return static_cast<float>(found) >= kProbeRecallMin * static_cast<float>(wanted);
}

}  // namespace elanus
