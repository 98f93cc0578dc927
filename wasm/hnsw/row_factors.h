// A number for each row that depends on the row alone.
//
// For the cosine, 1 / |x|.
//
// For the inner product, the row's lift: sqrt(R² - |x|²), R the norm of the longest row. With the
// lift as one more element all rows are equally long, and of such rows the one with the largest
// product is the nearest. So the graph is built on lifted rows, where near is near both ways, and a
// query, whose lift is zero, walks it by the very product. On rows as they are, long ones are the
// nearest to everybody, and nobody is theirs. After Y. Bachrach et al., "Speeding up the Xbox
// recommender system using a Euclidean transformation for inner-product spaces", RecSys 2014.
#pragma once

#include "hnsw/graph.h"

namespace elanus {

inline void initialise_lifts(const Graph& graph) {
  const GraphParameters& parameters = graph.parameters;
  float longest = 0;
  for (uint32_t row = 0; row < parameters.row_count; row++) {
    const float* values = graph.row_values(row);
    const float square = inner_product_f32_simd(values, values, parameters.row_stride);
    graph.row_factors[row] = square;
    longest = maximum(longest, square);
  }
  // Squares that leave the range of numbers cannot be lifted.
  const bool is_finite = longest < __builtin_inff();
  for (uint32_t row = 0; row < parameters.row_count; row++) {
    graph.row_factors[row] = is_finite ? __builtin_sqrtf(longest - graph.row_factors[row]) : 0;
  }
}

inline void initialise_row_factors(const Graph& graph) {
  const GraphParameters& parameters = graph.parameters;
  if (parameters.metric == kMetricInnerProduct) return initialise_lifts(graph);
  if (parameters.metric != kMetricCosine) return;
  for (uint32_t row = 0; row < parameters.row_count; row++) {
    graph.row_factors[row] = inverse_norm_f32_simd(graph.row_values(row), parameters.row_stride);
  }
}

}  // namespace elanus
