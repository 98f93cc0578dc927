#include "codes/training.h"
#include "hnsw/build.h"
#include "hnsw/layout.h"
#include "hnsw/row_factors.h"
#include "hnsw/search.h"
#include "hnsw/verify.h"

using namespace elanus;

namespace {

constexpr uint32_t kEncodeBlock = 256;

uint32_t claim_rows(Graph& graph, uint32_t count) {
  return __atomic_fetch_add(&graph.next_row, count, __ATOMIC_RELAXED);
}

void encode_one(const Graph& graph, uint32_t row) {
  const float* values = graph.row_values(row);
  const float factor = graph.inverse_norm(row);
  encode_row(graph.codebook, values, factor, graph.parameters.row_stride, graph.code_row(row));
  graph.code_row(row)->lift = graph.lift(row);
}

}  // namespace

ELANUS_EXPORT(graph_size_bytes) double graph_size_bytes(const GraphParameters* parameters) {
  return static_cast<double>(GraphLayout(*parameters).place(0, nullptr));
}

ELANUS_EXPORT(graph_place) void graph_place(const GraphParameters* parameters, Graph* graph) {
  GraphLayout(*parameters).place(reinterpret_cast<uintptr_t>(graph), graph);
}

// Empty lists, and what depends on the rows alone.
ELANUS_EXPORT(graph_initialise) void graph_initialise(const Graph* graph) {
  initialise_lists(*graph);
  initialise_row_factors(*graph);
}

// Finds the codebook. A graph that is loaded brings its own.
ELANUS_EXPORT(graph_train) void graph_train(Graph* graph) {
  const GraphParameters& parameters = graph->parameters;
  const bool is_cosine = parameters.metric == kMetricCosine;
  const TrainingRows training{parameters.rows.get(), parameters.row_count, parameters.row_stride,
                              is_cosine ? graph->row_factors.get() : nullptr};
  train_codebook(training, &graph->codebook);
}

// Claims a block of rows and encodes it; returns how many rows that were.
ELANUS_EXPORT(graph_encode) uint32_t graph_encode(Graph* graph) {
  const uint32_t row_count = graph->parameters.row_count;
  const uint32_t from = minimum(claim_rows(*graph, kEncodeBlock), row_count);
  const uint32_t to = from + minimum(kEncodeBlock, row_count - from);
  for (uint32_t row = from; row < to; row++) encode_one(*graph, row);
  return to - from;
}

ELANUS_EXPORT(graph_codes_are_fit)
uint32_t graph_codes_are_fit(const Graph* graph, WorkingSpace* working) {
  return codes_are_fit(*graph, *working) ? 1 : 0;
}

// A thread's bits are zero when it comes, also where the memory served another index before.
ELANUS_EXPORT(graph_open_slot) void graph_open_slot(const Graph* graph, uint32_t slot) {
  fill_bytes(graph->visited_bits(slot), 0, graph->row_bits_bytes);
}

ELANUS_EXPORT(graph_start_build)
void graph_start_build(Graph* graph, WorkingSpace* working, uint32_t slot) {
  with_space(*graph, [&]<typename Space>(SpaceType<Space>) {
    Build<Space>(*graph, *working, slot).start();
    return 0;
  });
}

ELANUS_EXPORT(graph_build)
uint32_t graph_build(Graph* graph, WorkingSpace* working, uint32_t slot) {
  return with_space(*graph, [&]<typename Space>(SpaceType<Space>) {
    return Build<Space>(*graph, *working, slot).run();
  });
}

ELANUS_EXPORT(graph_search) uint32_t graph_search(const GraphSearchRequest* request) {
  return search_graph(*request);
}

ELANUS_EXPORT(graph_is_valid) uint32_t graph_is_valid(const Graph* graph) {
  return is_valid_graph(*graph) ? 1 : 0;
}

// Rows and queries of bytes as graphs read them.
ELANUS_EXPORT(widen_i8)
void widen_i8(const int8_t* source, float* target, uint32_t element_count) {
  for (uint32_t index = 0; index < element_count; index++) target[index] = source[index];
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
