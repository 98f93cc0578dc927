// The two 16-bit floating-point formats, widened to float32, which holds every number of both.
//
//     binary16 (IEEE 754)   sign 1 | exponent 5 | fraction 10
//     bfloat16              sign 1 | exponent 8 | fraction 7: the upper half of a float32
//
// The fields of a binary16 are shifted to where float32 has them and multiplied by 2^112, which
// corrects the exponent's bias and makes normal numbers of the denormal ones, exactly. Infinity and
// NaN would come out finite: they have the largest exponent, and get float32's.
#pragma once

#include "kernels/f32x4.h"

namespace elanus {

constexpr float kHalfScale = 5192296858534827628530496329220096.0f;  // 2^112
constexpr uint32_t kHalfNonFinite = 0x0f800000u;                      // Its exponent, shifted.

// Four binary16 numbers, each in the lower half of a lane.
inline v128_t widen_f16_lanes(v128_t half_i32x4) {
  const v128_t fields = wasm_i32x4_shl(
      wasm_v128_and(half_i32x4, wasm_i32x4_const_splat(0x7fff)), 13);
  const v128_t sign =
      wasm_i32x4_shl(wasm_v128_and(half_i32x4, wasm_i32x4_const_splat(0x8000)), 16);
  const v128_t scaled = wasm_f32x4_mul(fields, wasm_f32x4_const_splat(kHalfScale));
  const v128_t is_non_finite =
      wasm_i32x4_ge(fields, wasm_i32x4_const_splat(static_cast<int32_t>(kHalfNonFinite)));
  const v128_t exponent = wasm_v128_and(is_non_finite, wasm_i32x4_const_splat(0x7f800000));
  return wasm_v128_or(wasm_v128_or(scaled, exponent), sign);
}

struct Float16 {
  static v128_t widen_low(v128_t half_i16x8) {
    return widen_f16_lanes(wasm_u32x4_extend_low_u16x8(half_i16x8));
  }
  static v128_t widen_high(v128_t half_i16x8) {
    return widen_f16_lanes(wasm_u32x4_extend_high_u16x8(half_i16x8));
  }

  // The definition, field by field.
  static float widen(uint16_t half) {
    const uint32_t exponent = (half >> 10) & 31;
    const uint32_t fraction = half & 1023;
    const uint32_t sign = static_cast<uint32_t>(half >> 15) << 31;
    if (exponent == 31) return __builtin_bit_cast(float, sign | 0x7f800000u | fraction << 13);
    if (exponent > 0) {
      return __builtin_bit_cast(float, sign | (exponent + 112) << 23 | fraction << 13);
    }
    const float magnitude = static_cast<float>(fraction) / 16777216.0f;  // 2^24
    return sign ? -magnitude : magnitude;
  }

  static constexpr uint16_t kExponentMask = 0x7c00;
};

struct Bfloat16 {
  static v128_t widen_low(v128_t half_i16x8) {
    return wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(half_i16x8), 16);
  }
  static v128_t widen_high(v128_t half_i16x8) {
    return wasm_i32x4_shl(wasm_u32x4_extend_high_u16x8(half_i16x8), 16);
  }

  static float widen(uint16_t half) {
    return __builtin_bit_cast(float, static_cast<uint32_t>(half) << 16);
  }

  static constexpr uint16_t kExponentMask = 0x7f80;
};

// The number at `value`, wherever that lies.
template <typename Half>
inline float load_half(const uint16_t* value) {
  uint16_t bits;
  __builtin_memcpy(&bits, value, sizeof bits);
  return Half::widen(bits);
}

// In order: `target` may begin before `source` and reach up to its end.
template <typename Half>
inline void widen_half(const uint16_t* source, float* target, uint32_t element_count) {
  uint32_t index = 0;
  for (; index + 8 <= element_count; index += 8) {
    const v128_t eight = wasm_v128_load(source + index);
    wasm_v128_store(target + index, Half::widen_low(eight));
    wasm_v128_store(target + index + 4, Half::widen_high(eight));
  }
  for (; index < element_count; index++) {
    const float value = load_half<Half>(source + index);
    __builtin_memcpy(target + index, &value, sizeof value);
  }
}

// The index of the first number that is NaN or infinite, or -1.
template <typename Half>
inline int32_t first_non_finite_half_simd(const uint16_t* values, uint32_t element_count) {
  const v128_t mask = wasm_i16x8_splat(static_cast<int16_t>(Half::kExponentMask));
  uint32_t index = 0;
  for (; index + 8 <= element_count; index += 8) {
    const v128_t exponents = wasm_v128_and(wasm_v128_load(values + index), mask);
    if (wasm_v128_any_true(wasm_i16x8_eq(exponents, mask))) break;
  }
  for (; index < element_count; index++) {
    uint16_t bits;
    __builtin_memcpy(&bits, values + index, sizeof bits);
    if ((bits & Half::kExponentMask) == Half::kExponentMask) return static_cast<int32_t>(index);
  }
  return -1;
}

}  // namespace elanus
