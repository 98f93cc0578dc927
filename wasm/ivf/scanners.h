// How lists are looked through, a type for each encoding. A scanner offers each row of a list that
// is not excluded to a heap, and returns how many those were.
#pragma once

#include "base/bitset.h"
#include "base/heap.h"
#include "ivf/bit_code.h"
#include "ivf/fast_scan.h"
#include "ivf/product_code.h"
#include "ivf/scalar_code.h"

namespace elanus {

inline bool is_included(const uint8_t* excluded, uint32_t row) {
  return excluded == nullptr || !has_bit(excluded, row);
}

// Compares the rows themselves. They lie scattered, so the next few are touched ahead.
template <typename Comparison>
class RowScanner {
 public:
  RowScanner(const Ivf& ivf, const Comparison& comparison) : ivf_(ivf), comparison_(comparison) {}

  uint32_t scan(uint32_t list, float, const uint8_t* excluded, NearestHeap& nearest) const {
    const uint32_t to = ivf_.list_starts[list + 1];
    uint32_t rows[kBatch];
    uint32_t count = 0;
    uint32_t included = 0;
    uint32_t touched = 0;
    for (uint32_t place = ivf_.list_starts[list]; place < to; place++) {
      const uint32_t row = ivf_.list_rows[place];
      if (!is_included(excluded, row)) continue;
      included++;
      rows[count++] = row;
      touched += touch(row);
      if (count == kBatch) offer(rows, &count, nearest);
    }
    offer(rows, &count, nearest);
    keep_alive(touched);
    return included;
  }

 private:
  static constexpr uint32_t kBatch = 16;
  static constexpr uint32_t kTouchBytes = 1024;

  static void keep_alive(uint32_t value) { __asm__ volatile("" : : "r"(value)); }

  uint32_t touch(uint32_t row) const {
    const uint8_t* values = ivf_.row_values(row);
    const uint32_t bytes = minimum(ivf_.row_bytes(), kTouchBytes);
    uint32_t sum = 0;
    for (uint32_t offset = 0; offset < bytes; offset += kLineBytes) sum += values[offset];
    return sum;
  }

  void offer(const uint32_t* rows, uint32_t* count, NearestHeap& nearest) const {
    for (uint32_t index = 0; index < *count; index++) {
      const float key = comparison_.key(ivf_.row_values(rows[index]));
      nearest.offer(make_entry(key, rows[index]));
    }
    *count = 0;
  }

  const Ivf& ivf_;
  const Comparison& comparison_;
};

// A thread's room for the query and what is made of it.
struct QuerySpace {
  float* query;   // As the lists are ranked by it.
  float* other;   // And as codes are compared with it.
  float* table;
  uint8_t* bytes;

  static QuerySpace of(const Ivf& ivf, uint32_t slot) {
    float* query = ivf.slot_floats(slot);
    const uint32_t room = round_up(ivf.vector_stride, 16);
    const uint32_t values = ivf.parameters.encoding == kEncodeBits ? 16 : ivf.part_stride;
    float* table = query + 3 * room;
    float* bytes = table + ivf.parameters.part_count * values;
    return {query, query + room, table, reinterpret_cast<uint8_t*>(bytes)};
  }
};

// Codes that lie one after another, in the order of their lists. `KeyOf` gives the key of a place.
template <typename KeyOf>
inline uint32_t scan_places(const Ivf& ivf, uint32_t list, const uint8_t* excluded,
                            NearestHeap& nearest, KeyOf key_of_place) {
  const uint32_t to = ivf.list_starts[list + 1];
  uint32_t included = 0;
  for (uint32_t place = ivf.list_starts[list]; place < to; place++) {
    const uint32_t row = ivf.list_rows[place];
    if (!is_included(excluded, row)) continue;
    included++;
    nearest.offer(make_entry(key_of_place(place), row));
  }
  return included;
}

class ScalarScanner {
 public:
  ScalarScanner(const Ivf& ivf, const QuerySpace& space) : ivf_(ivf), query_(ivf, space.query) {}

  uint32_t scan(uint32_t list, float, const uint8_t* excluded, NearestHeap& nearest) const {
    return scan_places(ivf_, list, excluded, nearest, [this](uint32_t place) {
      const uint8_t* codes = ivf_.codes.get() + size_t{place} * ivf_.code_bytes;
      return query_.key(reinterpret_cast<const int8_t*>(codes), ivf_.row_terms[place],
                        ivf_.row_factors[place]);
    });
  }

 private:
  const Ivf& ivf_;
  ScalarQuery query_;
};

class ProductScanner {
 public:
  ProductScanner(const Ivf& ivf, const QuerySpace& space)
      : ivf_(ivf), table_(space.table), factor_(ivf.is_inner_product() ? -1 : -2) {
    centre_query(ivf, space.query, space.other);
    fill_part_table(ivf, space.other, space.table);
  }

  uint32_t scan(uint32_t list, float base, const uint8_t* excluded, NearestHeap& nearest) const {
    return scan_places(ivf_, list, excluded, nearest, [this, base](uint32_t place) {
      return base + ivf_.row_terms[place] + factor_ * look_up(place);
    });
  }

 private:
  float look_up(uint32_t place) const {
    const uint8_t* codes = ivf_.codes.get() + size_t{place} * ivf_.code_bytes;
    const uint32_t part_count = ivf_.parameters.part_count;
    const uint32_t stride = ivf_.part_stride;
    const float* table = table_;
    float sums[4] = {0, 0, 0, 0};
    uint32_t part = 0;
    for (; part + 4 <= part_count; part += 4, table += 4 * stride) {
      sums[0] += table[codes[part]];
      sums[1] += table[stride + codes[part + 1]];
      sums[2] += table[2 * stride + codes[part + 2]];
      sums[3] += table[3 * stride + codes[part + 3]];
    }
    for (; part < part_count; part++, table += stride) sums[0] += table[codes[part]];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }

  const Ivf& ivf_;
  const float* table_;
  float factor_;
};

// Blocks of 32 rows, of parts or of bits. Rows are told apart by their keys first: most are farther
// than what is kept already, and whether such are excluded matters to the count only.
class BlockScanner {
 public:
  BlockScanner(const Ivf& ivf, const QuerySpace& space, uint32_t query_bits)
      : ivf_(ivf), table_(make_table(ivf, space, query_bits)) {}

  uint32_t scan(uint32_t list, float base, const uint8_t* excluded, NearestHeap& nearest) const {
    const uint32_t* rows = ivf_.list_rows.get() + ivf_.list_starts[list];
    const uint32_t size = ivf_.list_size(list);
    uint32_t included = 0;
    for (uint32_t from = 0; from < size; from += kBlockRows) {
      const uint32_t count = minimum(kBlockRows, size - from);
      const uint32_t lanes = included_lanes(rows + from, count, excluded);
      included += static_cast<uint32_t>(__builtin_popcount(lanes));
      if (lanes == 0) continue;
      scan_block(ivf_.list_blocks[list] + from / kBlockRows, rows + from, base, lanes, nearest);
    }
    return included;
  }

 private:
  static ByteTable make_table(const Ivf& ivf, const QuerySpace& space, uint32_t query_bits) {
    const uint32_t part_count = ivf.parameters.part_count;
    centre_query(ivf, space.query, space.other);
    if (ivf.parameters.encoding == kEncodeBits) {
      rotate(space.other, ivf.vector_stride, ivf.parameters.seed);
      if (query_bits > 0) round_query(space.other, ivf.vector_stride, query_bits);
      fill_sign_table(ivf, space.other, space.table);
    } else {
      fill_part_table(ivf, space.other, space.table);
    }
    return ByteTable::of(space.table, part_count, space.bytes);
  }

  static uint32_t included_lanes(const uint32_t* rows, uint32_t count, const uint8_t* excluded) {
    if (excluded == nullptr) return count == kBlockRows ? ~0u : (1u << count) - 1;
    uint32_t lanes = 0;
    for (uint32_t lane = 0; lane < count; lane++) {
      lanes |= (has_bit(excluded, rows[lane]) ? 0u : 1u) << lane;
    }
    return lanes;
  }

  void scan_block(uint32_t block, const uint32_t* rows, float base, uint32_t lanes,
                  NearestHeap& nearest) const {
    float keys[kBlockRows];
    const uint8_t* codes = ivf_.codes.get() + size_t{block} * ivf_.code_bytes;
    sum_block_simd(codes, table_.bytes, table_.part_count, keys);
    uint32_t offered = lanes & near_lanes(block, base, keys, bound_of(nearest));
    for (; offered != 0; offered &= offered - 1) {
      const uint32_t lane = static_cast<uint32_t>(__builtin_ctz(offered));
      nearest.offer(make_entry(keys[lane], rows[lane]));
    }
  }

  static float bound_of(const NearestHeap& nearest) {
    return nearest.is_full() ? key_of(nearest.bound()) : __builtin_inff();
  }

  // Makes keys of the sums, and returns which are not beyond `bound`.
  uint32_t near_lanes(uint32_t block, float base, float* keys, float bound) const {
    const size_t position = size_t{block} * kBlockRows;
    const float* terms = ivf_.row_terms.get() + position;
    const float* factors = ivf_.row_factors.get() + position;
    const bool has_factors = ivf_.parameters.encoding == kEncodeBits;
    const v128_t factor_f32x4 = wasm_f32x4_splat(ivf_.is_inner_product() ? -1 : -2);
    const v128_t bound_f32x4 = wasm_f32x4_splat(bound);
    uint32_t lanes = 0;
    for (uint32_t lane = 0; lane < kBlockRows; lane += 4) {
      const v128_t sum = multiply_add_f32x4(load_f32x4(keys + lane), wasm_f32x4_splat(table_.scale),
                                            wasm_f32x4_splat(table_.bias));
      const v128_t factor = has_factors ? load_f32x4(factors + lane) : factor_f32x4;
      const v128_t term = wasm_f32x4_add(load_f32x4(terms + lane), wasm_f32x4_splat(base));
      const v128_t key = multiply_add_f32x4(factor, sum, term);
      wasm_v128_store(keys + lane, key);
      // What is not a number counts as far, and is not beyond: the heap knows where it belongs.
      const v128_t is_beyond = wasm_f32x4_gt(key, bound_f32x4);
      lanes |= (~wasm_i32x4_bitmask(is_beyond) & 15u) << lane;
    }
    return lanes;
  }

  const Ivf& ivf_;
  ByteTable table_;
};

}  // namespace elanus
