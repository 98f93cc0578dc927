// A few hundred rows that lie close together: all are compared with all, in tiles that stay in
// registers, and each row chooses its links among them.
//
// The choice is algorithm 4 of the paper in another order. Instead of sorting what is near and
// asking of each whether a taken row hides it, every row that is taken strikes out at once all that
// it hides, four at a time; the nearest that is left is taken next. All keys are at hand, so nothing
// is fetched.
#pragma once

#include "hnsw/graph.h"
#include "hnsw/tile.h"
#include "hnsw/working_space.h"

namespace elanus {

template <typename Space>
class Leaf {
 public:
  // `rows` stay the caller's; at most kLeafMax of them.
  Leaf(const Space& space, WorkingSpace& working, const uint32_t* rows, uint32_t count)
      : space_(space), rows_(rows), count_(count), stride_((count + 3) & ~3u),
        keys_(working.leaf_keys), alive_(working.leaf_alive) {}

  void compare_all() {
    for (uint32_t a = 0; a < count_; a += 4) {
      for (uint32_t b = a; b < count_; b += 2) compare_tile(a, b);
    }
    for (uint32_t a = 0; a < count_; a++) {
      for (uint32_t b = count_; b < stride_; b++) key(a, b) = __builtin_inff();
      key(a, a) = __builtin_inff();
    }
  }

  // The links of the row at `base`, nearest first; returns how many. Of rows that are equally near,
  // those that follow it come first: many that are all alike are linked in a ring.
  uint32_t select(uint32_t base, uint32_t count_max, uint32_t* selected) {
    copy_bytes(alive_, keys_ + base * stride_, stride_ * sizeof(float));
    Nearest nearest = strike(nullptr, base);
    uint32_t count = 0;
    while (count < count_max && nearest.key < __builtin_inff()) {
      selected[count++] = rows_[nearest.index];
      alive_[nearest.index] = __builtin_inff();
      nearest = strike(keys_ + nearest.index * stride_, base);
    }
    return count;
  }

 private:
  struct Nearest {
    float key;
    uint32_t index;
  };

  float& key(uint32_t a, uint32_t b) { return keys_[a * stride_ + b]; }

  // Four rows with two. Beyond the last row, the last stands in and nothing is kept.
  void compare_tile(uint32_t a, uint32_t b) {
    uint32_t rows_a[4];
    uint32_t rows_b[2];
    for (uint32_t i = 0; i < 4; i++) rows_a[i] = rows_[minimum(a + i, count_ - 1)];
    for (uint32_t j = 0; j < 2; j++) rows_b[j] = rows_[minimum(b + j, count_ - 1)];
    float keys[8];
    keys_in_tile(space_, rows_a, rows_b, keys);
    for (uint32_t i = 0; i < 4 && a + i < count_; i++) {
      for (uint32_t j = 0; j < 2 && b + j < count_; j++) {
        key(a + i, b + j) = keys[2 * i + j];
        key(b + j, a + i) = keys[2 * i + j];
      }
    }
  }

  // Strikes out what is nearer to the row of `hiding` than to the base; returns the nearest left.
  Nearest strike(const float* hiding, uint32_t base) {
    const v128_t none = wasm_f32x4_const_splat(__builtin_inff());
    v128_t best_f32x4 = none;
    v128_t best_index_i32x4 = wasm_i32x4_const_splat(0);
    uint32_t index = base & ~3u;
    for (uint32_t done = 0; done < stride_; done += 4) {
      v128_t alive = wasm_v128_load(alive_ + index);
      if (hiding != nullptr) {
        const v128_t is_hidden = wasm_f32x4_lt(wasm_v128_load(hiding + index), alive);
        alive = wasm_v128_bitselect(none, alive, is_hidden);
        wasm_v128_store(alive_ + index, alive);
      }
      const v128_t is_nearer = wasm_f32x4_lt(alive, best_f32x4);
      best_f32x4 = wasm_v128_bitselect(alive, best_f32x4, is_nearer);
      best_index_i32x4 =
          wasm_v128_bitselect(wasm_i32x4_splat(index), best_index_i32x4, is_nearer);
      index = index + 4 == stride_ ? 0 : index + 4;
    }
    return nearest_lane(best_f32x4, best_index_i32x4, base);
  }

  Nearest nearest_lane(v128_t keys_f32x4, v128_t firsts_i32x4, uint32_t base) const {
    float keys[4];
    uint32_t firsts[4];
    wasm_v128_store(keys, keys_f32x4);
    wasm_v128_store(firsts, firsts_i32x4);
    Nearest nearest{__builtin_inff(), 0};
    for (uint32_t lane = 0; lane < 4; lane++) {
      const uint32_t index = firsts[lane] + lane;
      const bool is_tied = keys[lane] == nearest.key;
      const bool is_sooner = is_tied && behind(base, index) < behind(base, nearest.index);
      if (keys[lane] < nearest.key || is_sooner) nearest = {keys[lane], index};
    }
    return nearest;
  }

  // How far `index` comes behind the base, once around.
  uint32_t behind(uint32_t base, uint32_t index) const {
    return index >= base ? index - base : index + stride_ - base;
  }

  const Space& space_;
  const uint32_t* rows_;
  uint32_t count_;
  uint32_t stride_;
  float* keys_;
  float* alive_;
};

}  // namespace elanus
