#include "ivf/build.h"
#include "ivf/layout.h"
#include "ivf/search.h"
#include "ivf/verify.h"

using namespace elanus;

ELANUS_EXPORT(ivf_size_bytes) double ivf_size_bytes(const IvfParameters* parameters) {
  return static_cast<double>(IvfLayout(*parameters).place(0, nullptr));
}

ELANUS_EXPORT(ivf_place) void ivf_place(const IvfParameters* parameters, Ivf* ivf) {
  IvfLayout(*parameters).place(reinterpret_cast<uintptr_t>(ivf), ivf);
}

// Sets the first phase up; `space` is a thread's work area, here and below.
ELANUS_EXPORT(ivf_start) void ivf_start(Ivf* ivf, float* space) { IvfBuild(*ivf, space).start(); }

// Does a piece of the build: returns how many rows that finished, or -1 when there is none to do
// now.
ELANUS_EXPORT(ivf_step) int32_t ivf_step(Ivf* ivf, float* space) {
  return IvfBuild(*ivf, space).step();
}

ELANUS_EXPORT(ivf_search) uint32_t ivf_search(const IvfSearchRequest* request) {
  return search_ivf(*request);
}

// Completes what was loaded; 0 when it cannot be right.
ELANUS_EXPORT(ivf_adopt) uint32_t ivf_adopt(Ivf* ivf, uint32_t slot) {
  if (!is_valid_ivf(*ivf, slot)) return 0;
  fill_bytes(ivf->centroid(ivf->parameters.list_count), 0,
             (ivf->column_count - ivf->parameters.list_count) * ivf->vector_stride * sizeof(float));
  set_half_squares(*ivf);
  return 1;
}

// What 32 rows' codes come to in a table of bytes, for the tests of the kernels.
ELANUS_EXPORT(sum_block_scalar)
void sum_block_scalar(const uint8_t* block, const uint8_t* table, uint32_t part_count,
                      float* sums) {
  elanus::sum_block_scalar(block, table, part_count, sums);
}

ELANUS_EXPORT(sum_block_simd)
void sum_block_simd(const uint8_t* block, const uint8_t* table, uint32_t part_count, float* sums) {
  elanus::sum_block_simd(block, table, part_count, sums);
}

// Three vectors by four, `stride` elements each, for the tests.
ELANUS_EXPORT(dot_tile_f32_simd)
void dot_tile_f32_simd(const float* rows, const float* columns, uint32_t stride, float* products) {
  const float* of_row[kTileRows] = {rows, rows + stride, rows + 2 * stride};
  dot_tile_f32<kTileRows>(of_row, columns, stride, products);
}

// Turns a vector of a multiple of four elements in place.
ELANUS_EXPORT(rotate_vector)
void rotate_vector(float* values, uint32_t element_count, uint32_t seed) {
  rotate(values, element_count, seed);
}

ELANUS_EXPORT(ivf_words) uint32_t ivf_words() { return sizeof(Ivf) / sizeof(uint32_t); }
ELANUS_EXPORT(ivf_parameters_words) uint32_t ivf_parameters_words() {
  return sizeof(IvfParameters) / sizeof(uint32_t);
}
ELANUS_EXPORT(ivf_search_request_words) uint32_t ivf_search_request_words() {
  return sizeof(IvfSearchRequest) / sizeof(uint32_t);
}
ELANUS_EXPORT(ivf_space_bytes) uint32_t ivf_space_bytes() { return kIvfSpaceBytes; }
