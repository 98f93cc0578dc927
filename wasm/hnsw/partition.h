// How rows are divided into leaves: each goes to the nearest of a few leaders, drawn from the rows
// themselves, and what is still too large is divided again.
#pragma once

#include "hnsw/graph.h"
#include "hnsw/tile.h"

namespace elanus {

inline void swap(uint32_t& a, uint32_t& b) {
  const uint32_t value = a;
  a = b;
  b = value;
}

class RandomSequence {
 public:
  explicit RandomSequence(uint32_t seed) : state_(mix_bits(seed)) {}

  uint32_t below(uint32_t bound) {
    state_ += 0x9e3779b9u;
    return static_cast<uint32_t>((uint64_t{mix_bits(state_)} * bound) >> 32);
  }

 private:
  uint32_t state_;
};

struct Leaders {
  const uint32_t* rows;
  uint32_t count;
};

// Where groups of rows begin, one place more than there are groups, and room to count in.
struct GroupTable {
  uint32_t count;
  uint32_t* starts;
  uint32_t* next;
};

// For each row the place of its nearest leader, the first of those that are equally near.
template <typename Space>
void find_leaders(const Space& space, const uint32_t* rows, uint32_t row_count, Leaders leaders,
                  uint32_t* groups) {
  for (uint32_t from = 0; from < row_count; from += 4) {
    uint32_t base[4];
    float best[4];
    uint32_t best_leader[4] = {0, 0, 0, 0};
    for (uint32_t i = 0; i < 4; i++) {
      base[i] = rows[minimum(from + i, row_count - 1)];
      best[i] = __builtin_inff();
    }
    for (uint32_t leader = 0; leader < leaders.count; leader += 2) {
      const uint32_t second = minimum(leader + 1, leaders.count - 1);
      const uint32_t pair[2] = {leaders.rows[leader], leaders.rows[second]};
      float keys[8];
      keys_in_tile(space, base, pair, keys);
      for (uint32_t i = 0; i < 4; i++) {
        if (keys[2 * i] < best[i]) best[i] = keys[2 * i], best_leader[i] = leader;
        if (keys[2 * i + 1] < best[i]) best[i] = keys[2 * i + 1], best_leader[i] = second;
      }
    }
    for (uint32_t i = 0; i < 4 && from + i < row_count; i++) groups[from + i] = best_leader[i];
  }
}

// Puts the rows in the order of their groups, in place. Group g is then [starts[g], starts[g + 1]).
inline void sort_by_group(uint32_t* rows, uint32_t* groups, uint32_t row_count, GroupTable table) {
  uint32_t* starts = table.starts;
  uint32_t* next = table.next;
  for (uint32_t group = 0; group <= table.count; group++) starts[group] = 0;
  for (uint32_t index = 0; index < row_count; index++) starts[groups[index] + 1]++;
  for (uint32_t group = 0; group < table.count; group++) {
    starts[group + 1] += starts[group];
    next[group] = starts[group];
  }
  for (uint32_t group = 0; group < table.count; group++) {
    while (next[group] < starts[group + 1]) {
      const uint32_t place = next[group];
      const uint32_t target = next[groups[place]]++;
      swap(rows[place], rows[target]);
      swap(groups[place], groups[target]);
    }
  }
}

constexpr uint32_t kFanoutMax = 32;
constexpr uint32_t kDivisionDepthMax = 24;

template <typename Space, typename Visit>
class Division {
 public:
  // Calls `visit(rows, count)` for each leaf.
  Division(const Space& space, Visit visit, uint32_t seed)
      : space_(space), visit_(visit), seed_(seed) {}

  // `groups` is room for a word a row.
  void run(uint32_t* rows, uint32_t* groups, uint32_t count, uint32_t depth) {
    if (count <= kLeafMax) {
      if (count > 0) visit_(rows, count);
      return;
    }
    uint32_t starts[kFanoutMax + 1];
    if (depth == kDivisionDepthMax) return chop(rows, count);
    const uint32_t group_count = divide(rows, groups, count, starts);
    if (group_count == 1) return chop(rows, count);
    for (uint32_t group = 0; group < group_count; group++) {
      const uint32_t from = starts[group];
      run(rows + from, groups + from, starts[group + 1] - from, depth + 1);
    }
  }

 private:
  // Rows that no leader tells apart are all alike: any run of them will do.
  void chop(const uint32_t* rows, uint32_t count) {
    for (uint32_t from = 0; from < count; from += kLeafMax) {
      visit_(rows + from, minimum(kLeafMax, count - from));
    }
  }

  // Returns how many groups there are: 1 when all rows came into one.
  uint32_t divide(uint32_t* rows, uint32_t* groups, uint32_t count, uint32_t* starts) {
    uint32_t leaders[kFanoutMax];
    uint32_t next[kFanoutMax];
    const uint32_t group_count = minimum(kFanoutMax, 2 * count / kLeafMax + 1);
    RandomSequence random(seed_ ^ mix_bits(rows[0] + count));
    for (uint32_t group = 0; group < group_count; group++) {
      leaders[group] = rows[random.below(count)];
    }
    find_leaders(space_, rows, count, {leaders, group_count}, groups);
    join_small_groups(groups, count, {leaders, group_count});
    sort_by_group(rows, groups, count, {group_count, starts, next});
    for (uint32_t group = 0; group < group_count; group++) {
      if (starts[group + 1] - starts[group] == count) return 1;
    }
    return group_count;
  }

  // A row of a small leaf would meet few others: the leaf goes to the nearest that is large, unless
  // all would end up in one.
  void join_small_groups(uint32_t* groups, uint32_t count, Leaders leaders) const {
    uint32_t sizes[kFanoutMax];
    uint32_t joined[kFanoutMax];
    uint32_t large_count = 0;
    const uint32_t group_count = leaders.count;
    for (uint32_t group = 0; group < group_count; group++) sizes[group] = 0;
    for (uint32_t index = 0; index < count; index++) sizes[groups[index]]++;
    for (uint32_t group = 0; group < group_count; group++) large_count += sizes[group] >= kSmall;
    if (large_count < 2) return;
    for (uint32_t group = 0; group < group_count; group++) {
      joined[group] = group;
      float best = __builtin_inff();
      for (uint32_t other = 0; other < group_count && sizes[group] < kSmall; other++) {
        if (sizes[other] < kSmall) continue;
        const float key = space_.key_between(leaders.rows[group], leaders.rows[other], best);
        if (key < best) best = key, joined[group] = other;
      }
    }
    for (uint32_t index = 0; index < count; index++) groups[index] = joined[groups[index]];
  }

  static constexpr uint32_t kSmall = kLeafMax / 4;

  const Space& space_;
  Visit visit_;
  uint32_t seed_;
};

}  // namespace elanus
