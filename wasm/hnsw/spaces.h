// The space that a graph's walks go by, from its description.
#pragma once

#include "hnsw/space_codes.h"
#include "hnsw/space_f32.h"

namespace elanus {

template <typename Space>
struct SpaceType {
  using Type = Space;
};

// Calls `run` with the type of the space.
template <typename Run>
inline uint32_t with_space(const Graph& graph, Run run) {
  const uint32_t metric = graph.parameters.metric;
  if (graph.walk_space == kWalkOnCodes) {
    if (metric == kMetricInnerProduct) return run(SpaceType<InnerProductSpaceCodes>());
    return run(SpaceType<SquaredL2SpaceCodes>());
  }
  if (metric == kMetricL2) return run(SpaceType<SquaredL2SpaceF32>());
  if (metric == kMetricInnerProduct) return run(SpaceType<InnerProductSpaceF32>());
  return run(SpaceType<CosineSpaceF32>());
}

}  // namespace elanus
