// Codes of 4 bits that are looked up in registers: F. André, A.-M. Kermarrec and N. Le Scouarnec,
// "Cache locality is not enough: high-performance nearest neighbor search with product quantization
// fast scan", VLDB 9(4), 2015. A part's table of sixteen numbers, rounded to bytes, is one register,
// and one shuffle looks sixteen rows up in it.
//
//     a block of 32 rows:  | part 0: 16 bytes | part 1 | ...
//     byte i of a part:    low four bits: row i's code, high four: row (i + 16)'s
//
// Bytes are summed in 16 bits, even and odd ones apart: the even sums carry the odd ones in their
// upper halves, where those are subtracted in the end, which saves masking each time. 256 parts fit;
// then the sums are added up in 32 bits.
#pragma once

#include "kernels/f32x4.h"
#include "ivf/ivf.h"

namespace elanus {

constexpr uint32_t kFlushParts = 256;

inline v128_t look_up_i8x16(v128_t table, v128_t indexes) {
#ifdef __wasm_relaxed_simd__
  return wasm_i8x16_relaxed_swizzle(table, indexes);
#else
  return wasm_i8x16_swizzle(table, indexes);
#endif
}

inline void set_block_code(uint8_t* block, uint32_t part, uint32_t lane, uint32_t code) {
  block[part * 16 + (lane & 15)] |= static_cast<uint8_t>(code << (lane < 16 ? 0 : 4));
}

// A table of floats, sixteen a part, as bytes: a sum of those stands for bias + scale × sum.
struct ByteTable {
  const uint8_t* bytes;
  uint32_t part_count;
  float bias;
  float scale;

  static ByteTable of(const float* table, uint32_t part_count, uint8_t* target) {
    float bias = 0;
    float widest = 0;
    for (uint32_t part = 0; part < part_count; part++) {
      const Range range = range_of(table + 16 * part);
      bias += range.lowest;
      widest = maximum(widest, range.highest - range.lowest);
    }
    const float inverse_scale = widest > 0 ? 255 / widest : 0;
    for (uint32_t part = 0; part < part_count; part++) {
      const float lowest = range_of(table + 16 * part).lowest;
      for (uint32_t value = 16 * part; value < 16 * part + 16; value++) {
        const float byte = __builtin_rintf((table[value] - lowest) * inverse_scale);
        target[value] = static_cast<uint8_t>(minimum(byte, 255.0f));
      }
    }
    return {target, part_count, bias, widest / 255};
  }

 private:
  struct Range {
    float lowest;
    float highest;
  };

  static Range range_of(const float* values) {
    Range range{values[0], values[0]};
    for (uint32_t value = 1; value < 16; value++) {
      range.lowest = minimum(range.lowest, values[value]);
      range.highest = maximum(range.highest, values[value]);
    }
    return range;
  }
};

// The definition of what follows.
inline void sum_block_scalar(const uint8_t* block, const uint8_t* table, uint32_t part_count,
                             float* sums) {
  for (uint32_t lane = 0; lane < kBlockRows; lane++) {
    uint32_t sum = 0;
    for (uint32_t part = 0; part < part_count; part++) {
      const uint8_t byte = block[part * 16 + (lane & 15)];
      sum += table[part * 16 + (lane < 16 ? byte & 15 : byte >> 4)];
    }
    sums[lane] = static_cast<float>(sum);
  }
}

// Sums of sixteen rows: of those at even places, and at odd ones.
struct SixteenSums {
  v128_t mixed_i16x8 = wasm_i16x8_const_splat(0);
  v128_t odd_i16x8 = wasm_i16x8_const_splat(0);

  void add(v128_t bytes) {
    mixed_i16x8 = wasm_i16x8_add(mixed_i16x8, bytes);
    odd_i16x8 = wasm_i16x8_add(odd_i16x8, wasm_u16x8_shr(bytes, 8));
  }

  void add_to(float* sums) const {
    const v128_t even_i16x8 = wasm_i16x8_sub(mixed_i16x8, wasm_i16x8_shl(odd_i16x8, 8));
    const v128_t low = wasm_i16x8_shuffle(even_i16x8, odd_i16x8, 0, 8, 1, 9, 2, 10, 3, 11);
    const v128_t high = wasm_i16x8_shuffle(even_i16x8, odd_i16x8, 4, 12, 5, 13, 6, 14, 7, 15);
    add_four(sums, wasm_u32x4_extend_low_u16x8(low));
    add_four(sums + 4, wasm_u32x4_extend_high_u16x8(low));
    add_four(sums + 8, wasm_u32x4_extend_low_u16x8(high));
    add_four(sums + 12, wasm_u32x4_extend_high_u16x8(high));
  }

 private:
  static void add_four(float* sums, v128_t values_i32x4) {
    wasm_v128_store(sums, wasm_f32x4_add(load_f32x4(sums), wasm_f32x4_convert_i32x4(values_i32x4)));
  }
};

// Exact: the sums stay below 2^24.
inline void sum_block_simd(const uint8_t* block, const uint8_t* table, uint32_t part_count,
                           float* sums) {
  const v128_t low_mask = wasm_i8x16_const_splat(15);
  for (uint32_t lane = 0; lane < kBlockRows; lane++) sums[lane] = 0;
  for (uint32_t from = 0; from < part_count; from += kFlushParts) {
    SixteenSums low;
    SixteenSums high;
    const uint32_t to = minimum(from + kFlushParts, part_count);
    for (uint32_t part = from; part < to; part++) {
      const v128_t codes = wasm_v128_load(block + part * 16);
      const v128_t values = wasm_v128_load(table + part * 16);
      low.add(look_up_i8x16(values, wasm_v128_and(codes, low_mask)));
      high.add(look_up_i8x16(values, wasm_u8x16_shr(codes, 4)));
    }
    low.add_to(sums);
    high.add_to(sums + 16);
  }
}

}  // namespace elanus
