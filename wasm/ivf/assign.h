// The nearest centroid of many vectors: |x - c|² is |x|² + 2 (|c|² / 2 - x · c), so that it takes a
// matrix product, and of that a tile at a time in registers: three vectors by four centroids are
// seven loads for twelve multiplications. Centroids that there are not, up to a multiple of four,
// have an infinite half square.
#pragma once

#include "ivf/ivf.h"

namespace elanus {

constexpr uint32_t kTileRows = 3;
constexpr uint32_t kTileColumns = 4;
// Vectors that go over the centroids together: what one fetch of those serves.
constexpr uint32_t kAssignBlock = 48;

// Inner products of `kRows` vectors with four that follow one another.
template <uint32_t kRows>
inline void dot_tile_f32(const float* const* rows, const float* columns, uint32_t stride,
                         float* products) {
  v128_t sums_f32x4[kRows][kTileColumns];
  for (uint32_t row = 0; row < kRows; row++) {
    for (uint32_t column = 0; column < kTileColumns; column++) {
      sums_f32x4[row][column] = wasm_f32x4_const_splat(0);
    }
  }
  for (uint32_t index = 0; index < stride; index += 4) {
    v128_t columns_f32x4[kTileColumns];
    for (uint32_t column = 0; column < kTileColumns; column++) {
      columns_f32x4[column] = load_f32x4(columns + column * stride + index);
    }
    for (uint32_t row = 0; row < kRows; row++) {
      const v128_t row_f32x4 = load_f32x4(rows[row] + index);
      for (uint32_t column = 0; column < kTileColumns; column++) {
        sums_f32x4[row][column] =
            multiply_add_f32x4(row_f32x4, columns_f32x4[column], sums_f32x4[row][column]);
      }
    }
  }
  for (uint32_t row = 0; row < kRows; row++) {
    for (uint32_t column = 0; column < kTileColumns; column++) {
      products[row * kTileColumns + column] = sum_lanes_f32x4(sums_f32x4[row][column]);
    }
  }
}

struct NearestColumns {
  float keys[kAssignBlock];
  uint32_t columns[kAssignBlock];
};

template <uint32_t kRows>
inline void offer_tile(const Ivf& ivf, const float* const* rows, uint32_t first_row,
                       uint32_t first_column, NearestColumns& nearest) {
  float products[kRows * kTileColumns];
  dot_tile_f32<kRows>(rows + first_row, ivf.centroid(first_column), ivf.vector_stride, products);
  for (uint32_t row = 0; row < kRows; row++) {
    for (uint32_t column = 0; column < kTileColumns; column++) {
      const float key =
          ivf.half_squares[first_column + column] - products[row * kTileColumns + column];
      if (!(key < nearest.keys[first_row + row])) continue;
      nearest.keys[first_row + row] = key;
      nearest.columns[first_row + row] = first_column + column;
    }
  }
}

// The lists of up to kAssignBlock vectors, into `lists`.
inline void assign_vectors(const Ivf& ivf, const float* const* rows, uint32_t count,
                           uint32_t* lists) {
  NearestColumns nearest;
  for (uint32_t row = 0; row < count; row++) {
    nearest.keys[row] = __builtin_inff();
    nearest.columns[row] = 0;  // Where every key is NaN or infinite.
  }
  for (uint32_t column = 0; column < ivf.column_count; column += kTileColumns) {
    uint32_t row = 0;
    for (; row + kTileRows <= count; row += kTileRows) {
      offer_tile<kTileRows>(ivf, rows, row, column, nearest);
    }
    for (; row < count; row++) offer_tile<1>(ivf, rows, row, column, nearest);
  }
  for (uint32_t row = 0; row < count; row++) lists[row] = nearest.columns[row];
}

}  // namespace elanus
