#include "hnsw/insertion.h"
#include "hnsw/layout.h"
#include "hnsw/search.h"
#include "hnsw/space_f32.h"
#include "hnsw/verify.h"

using namespace elanus;

namespace {

constexpr uint32_t kInsertFailed = 0xffffffffu;

// Claims row after row until `count_max` are inserted or none is left; returns how many.
template <typename Space>
uint32_t insert_rows(Graph& graph, WorkingSpace& working, uint32_t slot, uint32_t count_max) {
  Space space(graph);
  VisitedRows visited(graph.visited_bits(slot), graph.row_bits_bytes, working.visited_log);
  Insertion<Space> insertion(graph, space, working, visited);
  uint32_t count = 0;
  for (; count < count_max; count++) {
    const uint32_t row = __atomic_fetch_add(&graph.next_row, 1u, __ATOMIC_RELAXED);
    if (row >= graph.parameters.row_count) break;
    if (!insertion.insert(row)) return kInsertFailed;
  }
  return count;
}

}  // namespace

ELANUS_EXPORT(graph_size_bytes) double graph_size_bytes(const GraphParameters* parameters) {
  return static_cast<double>(GraphLayout(*parameters).place(0, nullptr));
}

ELANUS_EXPORT(graph_place) void graph_place(const GraphParameters* parameters, Graph* graph) {
  GraphLayout(*parameters).place(reinterpret_cast<uintptr_t>(graph), graph);
}

ELANUS_EXPORT(graph_initialise) void graph_initialise(const Graph* graph) {
  initialise_graph(*graph);
}

// A thread's bits are zero when it comes, also where the memory served another index before.
ELANUS_EXPORT(graph_open_slot) void graph_open_slot(const Graph* graph, uint32_t slot) {
  fill_bytes(graph->visited_bits(slot), 0, graph->row_bits_bytes);
}

ELANUS_EXPORT(graph_insert)
uint32_t graph_insert(Graph* graph, WorkingSpace* working, uint32_t slot, uint32_t count_max) {
  switch (graph->parameters.metric) {
    case kMetricL2:
      return insert_rows<SquaredL2SpaceF32>(*graph, *working, slot, count_max);
    case kMetricInnerProduct:
      return insert_rows<InnerProductSpaceF32>(*graph, *working, slot, count_max);
    default:
      return insert_rows<CosineSpaceF32>(*graph, *working, slot, count_max);
  }
}

// Returns how many hits it wrote.
ELANUS_EXPORT(graph_search) uint32_t graph_search(const GraphSearchRequest* request) {
  switch (request->graph.get()->parameters.metric) {
    case kMetricL2:
      return GraphSearch<SquaredL2SpaceF32>(*request).run();
    case kMetricInnerProduct:
      return GraphSearch<InnerProductSpaceF32>(*request).run();
    default:
      return GraphSearch<CosineSpaceF32>(*request).run();
  }
}

ELANUS_EXPORT(graph_is_valid) uint32_t graph_is_valid(const Graph* graph) {
  return is_valid_graph(*graph) ? 1 : 0;
}

// How many of the first `bit_count` bits are set.
ELANUS_EXPORT(count_bits) uint32_t count_bits(const uint8_t* bits, uint32_t bit_count) {
  uint32_t count = 0;
  uint32_t index = 0;
  for (; index + 32 <= bit_count; index += 32) {
    uint32_t word;
    __builtin_memcpy(&word, bits + (index >> 3), sizeof word);
    count += static_cast<uint32_t>(__builtin_popcount(word));
  }
  for (; index < bit_count; index++) count += has_bit(bits, index) ? 1 : 0;
  return count;
}

ELANUS_EXPORT(graph_words) uint32_t graph_words() { return sizeof(Graph) / sizeof(uint32_t); }
ELANUS_EXPORT(graph_parameters_words) uint32_t graph_parameters_words() {
  return sizeof(GraphParameters) / sizeof(uint32_t);
}
ELANUS_EXPORT(graph_search_request_words) uint32_t graph_search_request_words() {
  return sizeof(GraphSearchRequest) / sizeof(uint32_t);
}
ELANUS_EXPORT(working_space_bytes) uint32_t working_space_bytes() { return sizeof(WorkingSpace); }
