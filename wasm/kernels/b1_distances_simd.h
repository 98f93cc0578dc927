// Distances of vectors of bits. Counts are exact; Jaccard's quotient is rounded once.
//
// Bits are counted sixteen bytes at a time, in eight sums of 16 bits, to which a step adds at most
// 16: at most 4,095 steps or 65,520 bytes of a vector.
//
// Two vectors without a bit are at Jaccard distance 1, as Milvus has it.
#pragma once

#include "base/platform.h"

namespace elanus {

struct BitCount {
  v128_t sums_i16x8 = wasm_i16x8_const_splat(0);

  void add(v128_t bits) {
    const v128_t pairs = wasm_u16x8_extadd_pairwise_u8x16(wasm_i8x16_popcnt(bits));
    sums_i16x8 = wasm_i16x8_add(sums_i16x8, pairs);
  }

  uint32_t total() const {
    const v128_t sums_i32x4 = wasm_u32x4_extadd_pairwise_u16x8(sums_i16x8);
    return static_cast<uint32_t>(
        wasm_i32x4_extract_lane(sums_i32x4, 0) + wasm_i32x4_extract_lane(sums_i32x4, 1) +
        wasm_i32x4_extract_lane(sums_i32x4, 2) + wasm_i32x4_extract_lane(sums_i32x4, 3));
  }
};

// Calls `add` with sixteen bytes of each vector, zeros behind the last.
template <typename Add>
inline void for_each_b1x128(const uint8_t* a, const uint8_t* b, uint32_t byte_count, Add add) {
  uint32_t index = 0;
  for (; index + 16 <= byte_count; index += 16) {
    add(wasm_v128_load(a + index), wasm_v128_load(b + index));
  }
  for (; index < byte_count; index++) {
    const v128_t zero = wasm_i8x16_const_splat(0);
    add(wasm_u8x16_replace_lane(zero, 0, a[index]), wasm_u8x16_replace_lane(zero, 0, b[index]));
  }
}

inline float hamming_b1_simd(const uint8_t* a, const uint8_t* b, uint32_t byte_count) {
  BitCount differing;
  for_each_b1x128(a, b, byte_count, [&](v128_t a16, v128_t b16) {
    differing.add(wasm_v128_xor(a16, b16));
  });
  return static_cast<float>(differing.total());
}

inline float jaccard_b1_simd(const uint8_t* a, const uint8_t* b, uint32_t byte_count) {
  BitCount both;
  BitCount either;
  for_each_b1x128(a, b, byte_count, [&](v128_t a16, v128_t b16) {
    both.add(wasm_v128_and(a16, b16));
    either.add(wasm_v128_or(a16, b16));
  });
  const uint32_t either_count = either.total();
  if (either_count == 0) return 1;
  const float outside = static_cast<float>(either_count - both.total());
  return outside / static_cast<float>(either_count);
}

}  // namespace elanus
