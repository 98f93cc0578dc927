// A row and how near it is, in one 64-bit word whose unsigned order is the order of hits:
//
//     63                      32 31               1   0
//     [ key, order-preserving   |       row       | mark ]
//
// The key is smaller for nearer rows. Equal keys fall back on the row, so results are the same
// however the rows were visited. The mark is for the walk: an entry that was expanded.
#pragma once

#include "base/platform.h"

namespace elanus {

using Entry = uint64_t;

constexpr Entry kMark = 1;
constexpr Entry kNoEntry = ~Entry{0};

// IEEE 754 numbers as unsigned words in the same order: flip all bits of a negative one, only the
// sign of a positive one. Both zeros are one key. NaN, which only an overflow can bring about,
// counts as the farthest.
inline uint32_t ordered_from_key(float key) {
  key = key == key ? key + 0.0f : __builtin_inff();
  const uint32_t bits = __builtin_bit_cast(uint32_t, key);
  const uint32_t flip = static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u;
  return bits ^ flip;
}

inline float key_from_ordered(uint32_t ordered) {
  const uint32_t flip = (ordered >> 31) ? 0x80000000u : 0xffffffffu;
  return __builtin_bit_cast(float, ordered ^ flip);
}

inline Entry make_entry(float key, uint32_t row) {
  return (static_cast<Entry>(ordered_from_key(key)) << 32) | (static_cast<Entry>(row) << 1);
}

inline uint32_t row_of(Entry entry) { return static_cast<uint32_t>(entry) >> 1; }

inline float key_of(Entry entry) { return key_from_ordered(static_cast<uint32_t>(entry >> 32)); }

}  // namespace elanus
