// A build in phases, each a number of units that any thread may claim; the thread that finishes the
// last unit of a phase sets the next one up.
//
//     sample --> centre --> sample ... --> assign --> codebook --> encode --> ready
//     \___ kIterationCount times ____/               \__ where there are codes __/
//
// A unit is claimed by counting `remaining` down, which is set last, when everything else of the
// phase is. A phase cannot end while a unit of it is claimed and not finished, so whoever holds a
// unit reads the description of the phase that the unit is of.
#pragma once

#include "ivf/clustering.h"
#include "ivf/encodings.h"
#include "ivf/working_space.h"

namespace elanus {

enum BuildPhase : uint32_t {
  kPhaseSample = 0,
  kPhaseCentre = 1,
  kPhaseAssign = 2,
  kPhaseCodebook = 3,
  kPhaseEncode = 4,
};

// Its numbers are repeated in src/vector-index/ivf-index.ts.
enum IvfState : uint32_t { kIvfEmpty = 0, kIvfBuilding = 1, kIvfReady = 2, kIvfFailed = 3 };

constexpr int32_t kNothingToDo = -1;

class IvfBuild {
 public:
  IvfBuild(Ivf& ivf, float* space) : ivf_(ivf), space_(space) {}

  void start() {
    draw_sample(ivf_);
    draw_centroids(ivf_);
    ivf_.iteration = 0;
    begin(kPhaseSample);
  }

  // Does one unit; returns how many rows it finished, or kNothingToDo.
  int32_t step() {
    uint32_t unit;
    if (!claim(&unit)) return kNothingToDo;
    const uint32_t rows = run(unit);
    if (__atomic_sub_fetch(&ivf_.pending, 1u, __ATOMIC_ACQ_REL) == 0) advance();
    return static_cast<int32_t>(rows);
  }

 private:
  uint32_t list_count() const { return ivf_.parameters.list_count; }

  // As many vectors as the space holds, and no more than go well together.
  uint32_t block_size() const {
    const uint32_t vector_bytes = ivf_.vector_stride * sizeof(float);
    return minimum(kAssignBlock, kIvfSpaceBytes / vector_bytes);
  }

  bool claim(uint32_t* unit) {
    uint32_t remaining = __atomic_load_n(&ivf_.remaining, __ATOMIC_ACQUIRE);
    while (remaining > 0) {
      if (__atomic_compare_exchange_n(&ivf_.remaining, &remaining, remaining - 1, false,
                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        *unit = remaining - 1;
        return true;
      }
    }
    return false;
  }

  uint32_t unit_count(BuildPhase phase) const {
    switch (phase) {
      case kPhaseSample:
        return (ivf_.sample_count + block_size() - 1) / block_size();
      case kPhaseAssign:
        return (ivf_.parameters.row_count + block_size() - 1) / block_size();
      case kPhaseCodebook:
        return codebook_unit_count(ivf_);
      case kPhaseCentre:
      case kPhaseEncode:
        return list_count();
    }
  }

  void begin(BuildPhase phase) {
    ivf_.phase = phase;
    const uint32_t count = unit_count(phase);
    __atomic_store_n(&ivf_.pending, count, __ATOMIC_RELEASE);
    __atomic_store_n(&ivf_.remaining, count, __ATOMIC_RELEASE);
    announce();
  }

  void finish() {
    __atomic_store_n(&ivf_.state, kIvfReady, __ATOMIC_RELEASE);
    announce();
  }

  void announce() {
    __atomic_fetch_add(&ivf_.epoch, 1u, __ATOMIC_ACQ_REL);
    __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&ivf_.epoch), ~0u);
  }

  uint32_t run(uint32_t unit) {
    const bool has_codes = ivf_.parameters.encoding != kEncodeNone;
    switch (ivf_.phase) {
      case kPhaseSample:
        assign_block(unit, ivf_.sample_count, ivf_.sample_rows.get());
        return 0;
      case kPhaseCentre:
        move_centroid(ivf_, unit, space_);
        return 0;
      case kPhaseAssign: {
        const uint32_t count = assign_block(unit, ivf_.parameters.row_count, nullptr);
        return has_codes ? 0 : count;
      }
      case kPhaseCodebook:
        train_codebook_unit(ivf_, unit, space_);
        return 0;
      default:
        encode_list(ivf_, unit, space_);
        return ivf_.list_size(unit);
    }
  }

  uint32_t assign_block(uint32_t unit, uint32_t item_count, const uint32_t* rows) {
    const uint32_t from = unit * block_size();
    const uint32_t count = minimum(block_size(), item_count - from);
    const float* vectors[kAssignBlock];
    for (uint32_t index = 0; index < count; index++) {
      const uint32_t row = rows == nullptr ? from + index : rows[from + index];
      vectors[index] = vector_of_row(ivf_, row, space_ + index * ivf_.vector_stride);
    }
    assign_vectors(ivf_, vectors, count, ivf_.assignments.get() + from);
    return count;
  }

  void advance() {
    switch (ivf_.phase) {
      case kPhaseSample:
        sort_by_list(ivf_.assignments.get(), ivf_.sample_count, list_count(),
                     ivf_.sample_starts.get(), ivf_.sample_order.get());
        return begin(kPhaseCentre);
      case kPhaseCentre:
        return finish_iteration();
      case kPhaseAssign:
        sort_by_list(ivf_.assignments.get(), ivf_.parameters.row_count, list_count(),
                     ivf_.list_starts.get(), ivf_.list_rows.get());
        return finish_lists();
      case kPhaseCodebook:
        return begin(kPhaseEncode);
      default:
        return finish();
    }
  }

  void finish_iteration() {
    split_into_empty(ivf_, reinterpret_cast<uint32_t*>(space_));
    set_half_squares(ivf_);
    ivf_.iteration++;
    if (ivf_.iteration < kIterationCount) return begin(kPhaseSample);
    set_mean(ivf_);
    begin(kPhaseAssign);
  }

  void finish_lists() {
    place_blocks(ivf_);
    if (ivf_.parameters.encoding == kEncodeNone) return finish();
    prepare_codebook(ivf_, space_);
    begin(codebook_unit_count(ivf_) > 0 ? kPhaseCodebook : kPhaseEncode);
  }

  Ivf& ivf_;
  float* space_;
};

}  // namespace elanus
