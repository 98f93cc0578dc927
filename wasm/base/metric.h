// Metrics by the number that the callers write into a request. Inside, every metric is a key that is
// smaller for nearer vectors: the distance, squared for L2, or the negated similarity.
#pragma once

#include "kernels/cosine_f32_simd.h"
#include "base/entry.h"

namespace elanus {

enum Metric : uint32_t {
  kMetricL2 = 0,
  kMetricInnerProduct = 1,
  kMetricCosine = 2,
  kMetricHamming = 3,
  kMetricJaccard = 4,
};

inline bool is_similarity(uint32_t metric) {
  return metric == kMetricInnerProduct || metric == kMetricCosine;
}

inline float distance_from_key(float key, uint32_t metric) {
  if (!is_similarity(metric)) return key;
  const float similarity = 0.0f - key;  // Never a negative zero.
  return metric == kMetricCosine ? clamp_cosine(similarity) : similarity;
}

// Writes hits out of sorted entries into two columns.
inline void write_hits(const Entry* entries, uint32_t count, uint32_t metric, uint32_t* rows,
                       float* distances) {
  for (uint32_t index = 0; index < count; index++) {
    rows[index] = row_of(entries[index]);
    distances[index] = distance_from_key(key_of(entries[index]), metric);
  }
}

}  // namespace elanus
