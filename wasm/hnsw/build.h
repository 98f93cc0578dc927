// A graph built all at once instead of row by row.
//
// Inserting a row walks the graph that there is: a thousand comparisons with rows that lie anywhere
// in memory, and memory is what they wait for. Here rows that lie close together are compared all
// with all, in tiles that stay in registers, which takes a tenth of the time. For each level:
//
//     (divide -> leaves) × kDivisionCount -> choose -> link back -> refine
//
//     divide     each row goes to the nearest of some leaders, drawn from the rows
//     leaves     each group is divided further, into leaves of a few hundred rows; in a leaf each row
//                chooses links (leaf.h). Other leaders part other rows, so it is done several times
//     choose     each row chooses among all that it chose in its leaves
//     link back  what was chosen links to who chose it
//     refine     each row walks the graph from where it is and chooses anew
//     connect    at the end, on the base level: whatever cannot be reached is linked
//
// After "PiPNN: Ultra-Scalable Graph-Based Nearest Neighbor Indexing" (Rubel et al., 2026,
// arXiv:2602.21247) for dividing instead of inserting. Departures: whole divisions with fresh leaders
// instead of rows in several groups; choices among all pairs of a leaf instead of its nearest few;
// a walk at the end, which makes up for what four divisions miss; levels, as HNSW has them.
//
// Every step is cut into units that any number of threads claim. Groups share no rows and blocks
// neither, so only linking back and refining take locks.
#pragma once

#include "hnsw/connection.h"
#include "hnsw/leaf.h"
#include "hnsw/partition.h"
#include "hnsw/refinement.h"

namespace elanus {

enum BuildStep : uint32_t {
  kStepDivide,
  kStepLeaves,
  kStepChoose,
  kStepLinkBack,
  kStepRefine,
  kStepConnect
};

constexpr uint32_t kDivisionCount = 4;
// The walk that refines is so many times narrower than the one that would insert.
constexpr uint32_t kRefineShare = 6;
constexpr uint32_t kRefineWidthMin = 8;

constexpr uint32_t kGroupMax = 256;
constexpr uint32_t kGroupRows = 1024;
constexpr uint32_t kBlockRows = 256;

// What `run` answers besides.
constexpr uint32_t kBuildWaits = 0;
constexpr uint32_t kBuildWorked = 1;
constexpr uint32_t kBuildFailed = 0xffffffffu;

// What the threads of a build share; only the thread that ends a step changes it.
struct BuildState {
  uint32_t unit_count;
  uint32_t units_done;
  uint32_t stage;
  uint32_t step;
  uint32_t level;
  uint32_t division;
  uint32_t row_count;  // Of the level.
  uint32_t group_count;
  uint32_t work_done;
  uint32_t leaders[kGroupMax];
  uint32_t starts[kGroupMax + 1];
  uint32_t next[kGroupMax];
};

// The next unit and the stage that it is of in one word, so that a claim that comes late fails.
struct Claims {
  static constexpr uint32_t kUnitBits = 20;
  static constexpr uint32_t kClosed = 0xffffffffu;

  static uint32_t of_stage(uint32_t stage) { return stage << kUnitBits; }
  static uint32_t unit(uint32_t claims) { return claims & ((1u << kUnitBits) - 1); }
};

template <typename Space>
class Build {
 public:
  Build(Graph& graph, WorkingSpace& working, uint32_t slot)
      : graph_(graph),
        state_(*graph.build_state.get()),
        working_(working),
        slot_(slot),
        order_(graph.order.get()),
        groups_(graph.order.get() + graph.parameters.row_count),
        space_(graph, working),
        linking_(graph, space_, working) {}

  // By one thread, before all others.
  void start() {
    fill_bytes(&state_, 0, sizeof state_);
    uint32_t top_level = 0;
    uint32_t top_row = 0;
    for (uint32_t row = 0; row < graph_.parameters.row_count; row++) {
      const uint32_t level = level_of_row(graph_.parameters, row);
      if (level > top_level) top_level = level, top_row = row;
    }
    graph_.set_entry(EntryPoint::of(top_row, top_level));
    start_level(top_level);
    open();
  }

  // Does one unit. Returns kBuildWaits when there is none now, kBuildFailed when a lock could not be
  // had, or kBuildWorked and as many rows more as the build has come on by.
  uint32_t run() {
    uint32_t unit;
    if (!claim(&unit)) return kBuildWaits;
    const uint32_t row_count = run_unit(unit);
    if (row_count == kBuildFailed) return kBuildFailed;
    const uint32_t reported = state_.level == 0 ? report(row_count) : 0;
    const uint32_t units_done = __atomic_add_fetch(&state_.units_done, 1, __ATOMIC_ACQ_REL);
    if (units_done == state_.unit_count) advance();
    return kBuildWorked + reported;
  }

 private:
  uint32_t run_unit(uint32_t unit) {
    switch (state_.step) {
      case kStepDivide:
        return divide(unit);
      case kStepLeaves:
        return build_leaves(unit);
      case kStepChoose:
        return choose(unit);
      case kStepLinkBack:
        return link_back(unit);
      case kStepRefine:
        return refine(unit);
      default:
        Connection<Space>(graph_, working_, slot_, order_).run();
        return 0;
    }
  }

  bool claim(uint32_t* unit) {
    uint32_t claims = __atomic_load_n(&graph_.build_claims, __ATOMIC_ACQUIRE);
    for (;;) {
      *unit = Claims::unit(claims);
      if (claims == Claims::kClosed || *unit >= state_.unit_count) return false;
      if (__atomic_compare_exchange_n(&graph_.build_claims, &claims, claims + 1, false,
                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return true;
      }
    }
  }

  // Each row is done several times over; this counts the whole build as each row once.
  uint32_t report(uint32_t row_count) {
    const uint64_t all = graph_.parameters.row_count;
    const uint64_t total = all * (2 * division_count() + 3);
    const uint64_t after = __atomic_add_fetch(&state_.work_done, row_count, __ATOMIC_RELAXED);
    return static_cast<uint32_t>(after * all / total - (after - row_count) * all / total);
  }

  void open() {
    state_.units_done = 0;
    state_.stage++;
    __atomic_store_n(&graph_.build_claims, Claims::of_stage(state_.stage), __ATOMIC_RELEASE);
  }

  void advance() {
    __atomic_store_n(&graph_.build_claims, Claims::kClosed, __ATOMIC_RELEASE);
    switch (state_.step) {
      case kStepDivide:
        sort_by_group(order_, groups_, state_.row_count,
                      {state_.group_count, state_.starts, state_.next});
        start_step(kStepLeaves, state_.group_count);
        break;
      case kStepLeaves:
        state_.division++;
        if (state_.division < division_count()) {
          start_division();
        } else {
          start_step(kStepChoose, block_count());
        }
        break;
      case kStepChoose:
        start_step(kStepLinkBack, block_count());
        break;
      case kStepLinkBack:
        start_step(kStepRefine, block_count());
        break;
      case kStepRefine:
        if (state_.level > 0) {
          start_level(state_.level - 1);
        } else {
          start_step(kStepConnect, 1);
        }
        break;
      default:
        __atomic_store_n(&graph_.is_linked, 1, __ATOMIC_RELEASE);
        return;
    }
    open();
  }

  // A level that is one leaf needs no second: all are compared with all.
  uint32_t division_count() const { return state_.row_count <= kLeafMax ? 1 : kDivisionCount; }

  uint32_t block_count() const { return (state_.row_count + kBlockRows - 1) / kBlockRows; }

  void start_level(uint32_t level) {
    state_.level = level;
    state_.division = 0;
    uint32_t count = 0;
    for (uint32_t row = 0; row < graph_.parameters.row_count; row++) {
      if (level_of_row(graph_.parameters, row) >= level) order_[count++] = row;
    }
    state_.row_count = count;
    start_division();
  }

  void start_division() {
    const uint32_t wanted = state_.row_count / kGroupRows;
    state_.group_count =
        state_.row_count <= kLeafMax ? 1 : minimum(kGroupMax, maximum<uint32_t>(wanted, 2));
    RandomSequence random(seed());
    for (uint32_t group = 0; group < state_.group_count; group++) {
      state_.leaders[group] = order_[random.below(state_.row_count)];
    }
    start_step(kStepDivide, block_count());
  }

  void start_step(BuildStep step, uint32_t unit_count) {
    state_.step = step;
    state_.unit_count = unit_count;
  }

  uint32_t seed() const {
    return mix_bits(graph_.parameters.seed + 64 * state_.level + state_.division);
  }

  // The unit's rows. They are in the order of the last division, so those of a block are near.
  const uint32_t* block(uint32_t unit, uint32_t* count) const {
    const uint32_t from = unit * kBlockRows;
    *count = minimum(kBlockRows, state_.row_count - from);
    return order_ + from;
  }

  uint32_t divide(uint32_t unit) {
    uint32_t count;
    const uint32_t* rows = block(unit, &count);
    const Leaders leaders{state_.leaders, state_.group_count};
    find_leaders(space_, rows, count, leaders, groups_ + unit * kBlockRows);
    return count;
  }

  uint32_t build_leaves(uint32_t unit) {
    const uint32_t from = state_.starts[unit];
    const uint32_t count = state_.starts[unit + 1] - from;
    const auto visit = [this](const uint32_t* rows, uint32_t row_count) {
      build_leaf(rows, row_count);
    };
    Division<Space, decltype(visit)> division(space_, visit, seed() + unit);
    division.run(order_ + from, groups_ + from, count, 0);
    return count;
  }

  void build_leaf(const uint32_t* rows, uint32_t count) {
    Leaf<Space> leaf(space_, working_, rows, count);
    leaf.compare_all();
    for (uint32_t index = 0; index < count; index++) {
      const uint32_t selected = leaf.select(index, graph_.parameters.links_max, working_.selected);
      add_candidates(rows[index], selected);
    }
  }

  // What was chosen in a leaf joins what was chosen before. What does not fit the list is chosen
  // among at once.
  void add_candidates(uint32_t row, uint32_t selected_count) {
    uint32_t* list = graph_.list(row, state_.level);
    const uint32_t capacity = graph_.list_capacity(state_.level);
    const uint32_t known = read_list(list, capacity, working_.gathered);
    uint32_t size = known;
    for (uint32_t index = 0; index < selected_count; index++) {
      const uint32_t candidate = working_.selected[index];
      if (!contains_row(working_.gathered, known, candidate)) working_.gathered[size++] = candidate;
    }
    if (size <= capacity) return write_list(list, capacity, working_.gathered, size);
    const uint32_t chosen = linking_.select_rows(row, working_.gathered, size, capacity);
    write_list(list, capacity, working_.selected, chosen);
  }

  uint32_t choose(uint32_t unit) {
    uint32_t count;
    const uint32_t* rows = block(unit, &count);
    const uint32_t capacity = graph_.list_capacity(state_.level);
    for (uint32_t index = 0; index < count; index++) {
      uint32_t* list = graph_.list(rows[index], state_.level);
      const uint32_t size = read_list(list, capacity, working_.gathered);
      const uint32_t links_max = graph_.parameters.links_max;
      const uint32_t chosen =
          linking_.select_rows(rows[index], working_.gathered, size, links_max);
      write_list(list, capacity, working_.selected, chosen);
    }
    return count;
  }

  uint32_t link_back(uint32_t unit) {
    uint32_t count;
    const uint32_t* rows = block(unit, &count);
    const uint32_t capacity = graph_.list_capacity(state_.level);
    for (uint32_t index = 0; index < count; index++) {
      const uint32_t* list = graph_.list(rows[index], state_.level);
      const uint32_t size = read_list(list, capacity, working_.own);
      for (uint32_t link = 0; link < size; link++) {
        if (!linking_.link_back(working_.own[link], rows[index], state_.level)) return kBuildFailed;
      }
    }
    return count;
  }

  uint32_t refine(uint32_t unit) {
    uint32_t count;
    const uint32_t* rows = block(unit, &count);
    const uint32_t wanted = graph_.parameters.ef_construction / kRefineShare;
    const uint32_t width = minimum(kPoolMax, maximum(wanted, kRefineWidthMin));
    VisitedRows visited(graph_.visited_bits(slot_), graph_.row_bits_bytes, working_.visited_log);
    Refinement<Space> refinement(graph_, space_, working_, visited);
    for (uint32_t index = 0; index < count; index++) {
      if (!refinement.refine(rows[index], state_.level, width)) return kBuildFailed;
    }
    return count;
  }

  static uint32_t read_list(const uint32_t* list, uint32_t capacity, uint32_t* rows) {
    uint32_t size = 0;
    for (; size < capacity && list[size] != kNoRow; size++) rows[size] = list[size];
    return size;
  }

  static void write_list(uint32_t* list, uint32_t capacity, const uint32_t* rows, uint32_t count) {
    for (uint32_t index = 0; index < capacity; index++) {
      list[index] = index < count ? rows[index] : kNoRow;
    }
  }

  Graph& graph_;
  BuildState& state_;
  WorkingSpace& working_;
  uint32_t slot_;
  uint32_t* order_;
  uint32_t* groups_;
  Space space_;
  Linking<Space> linking_;
};

}  // namespace elanus
