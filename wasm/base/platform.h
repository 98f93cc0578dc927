// The ground of every module: no libc, no static data, no heap. Memory belongs to the caller, who
// passes addresses; several instances run on one memory at once, each with its own stack.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>

#define ELANUS_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

namespace elanus {

// A cache line of the processors that this is tuned on.
constexpr uint32_t kLineBytes = 64;

template <typename Value>
inline Value minimum(Value a, Value b) {
  return b < a ? b : a;
}

template <typename Value>
inline Value maximum(Value a, Value b) {
  return a < b ? b : a;
}

// Bulk instructions: their call costs tens of nanoseconds, so short runs are better looped over.
inline void fill_bytes(void* target, uint8_t value, size_t byte_count) {
  __builtin_memset(target, value, byte_count);
}

inline void copy_bytes(void* target, const void* source, size_t byte_count) {
  __builtin_memcpy(target, source, byte_count);
}

// An address in the shared memory as the caller writes it into a request.
template <typename Value>
struct Address {
  uint32_t value;

  Value* get() const { return reinterpret_cast<Value*>(static_cast<uintptr_t>(value)); }
  Value& operator[](size_t index) const { return get()[index]; }
  bool is_present() const { return value != 0; }
};

}  // namespace elanus
