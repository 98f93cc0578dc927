// What one thread works in: carved out of memory that its slot gives it.
#pragma once

#include "base/heap.h"
#include "ivf/ivf.h"

namespace elanus {

constexpr uint32_t kListCountMax = 65536;
constexpr uint32_t kCandidateMax = 32768;
constexpr uint32_t kHitMax = 16384;

struct IvfSearchSpace {
  Entry probes[kListCountMax];
  Entry candidates[kCandidateMax];
  Entry nearest[kHitMax];
};

// While an index is built, the same memory holds vectors.
constexpr uint32_t kIvfSpaceBytes = sizeof(IvfSearchSpace);

}  // namespace elanus
