// One bit an element: J. Gao and C. Long, "RaBitQ: quantizing high-dimensional vectors with a
// theoretical error bound for approximate nearest neighbor search", SIGMOD 2024 (arXiv:2405.12497).
// The residual r of a row is rotated at random, and of each element the sign s is kept. With P for
// the rotation, the paper's unbiased estimate of a product with r is
//
//     r · q ~ f × Σ s (P q),   f = |r|² / Σ |P r|
//
// so that, with c for the centroid and m for the mean of all rows as in product_code.h,
//
//     |q - c - r|² ~ |q - c|² + (|r|² + 2 f Σ s P(c - m)) - 2 f × Σ s P(q - m)
//
// Departures: the rotation is four rounds of random signs and a fast Hadamard transform, of as many
// elements as a power of two holds, from either end in turn, and a round of plane rotations between
// the halves where those do not reach all: orthogonal too, nothing to store, and n log n. The query
// is rotated once, not once a list. Σ s (P q) is looked up four elements at a time in registers
// (fast_scan.h), with the query's bits as its table rounds them.
#pragma once

#include "ivf/product_code.h"

namespace elanus {

constexpr uint32_t kRotationRounds = 4;

inline void flip_signs(float* values, uint32_t count, uint32_t seed) {
  for (uint32_t index = 0; index < count; index++) {
    const uint32_t word = mix_word((index >> 5) + mix_word(seed));
    if ((word >> (index & 31)) & 1) values[index] = -values[index];
  }
}

// In place, of a power of two elements, at least four; keeps lengths.
inline void hadamard_transform(float* values, uint32_t count) {
  for (uint32_t half = 1; half < count; half *= 2) {
    for (uint32_t first = 0; first < count; first += 2 * half) {
      for (uint32_t index = first; index < first + half; index++) {
        const float a = values[index];
        const float b = values[index + half];
        values[index] = a + b;
        values[index + half] = a - b;
      }
    }
  }
  scale_vector(values, 1 / __builtin_sqrtf(static_cast<float>(count)), count);
}

inline void rotate_halves(float* values, uint32_t count) {
  constexpr float kInverseRoot = 0.70710678f;
  const uint32_t half = count / 2;
  for (uint32_t index = 0; index < half; index++) {
    const float a = values[index];
    const float b = values[index + half];
    values[index] = (a + b) * kInverseRoot;
    values[index + half] = (a - b) * kInverseRoot;
  }
}

// In place. `count` is a multiple of four.
inline void rotate(float* values, uint32_t count, uint32_t seed) {
  const uint32_t power = 1u << (31 - static_cast<uint32_t>(__builtin_clz(count)));
  for (uint32_t round = 0; round < kRotationRounds; round++) {
    flip_signs(values, count, seed * kRotationRounds + round);
    hadamard_transform(values + (round & 1 ? count - power : 0), power);
    if (power < count) rotate_halves(values, count);
  }
}

struct BitRow {
  float term;
  float factor;
};

// Calls `set` with each group of four bits. `residual` is rotated in place; `centre` is the list's
// centroid, from the mean, rotated.
template <typename Set>
inline BitRow encode_bits(const Ivf& ivf, float* residual, const float* centre, Set set) {
  const uint32_t count = ivf.vector_stride;
  const float square = inner_product_f32_simd(residual, residual, count);
  rotate(residual, count, ivf.parameters.seed);
  float magnitude = 0;
  float centre_sum = 0;
  for (uint32_t part = 0; part < count / 4; part++) {
    uint32_t bits = 0;
    for (uint32_t bit = 0; bit < 4; bit++) {
      const float value = residual[4 * part + bit];
      const float other = centre[4 * part + bit];
      magnitude += __builtin_fabsf(value);
      centre_sum += value < 0 ? -other : other;
      bits |= (value < 0 ? 0u : 1u) << bit;
    }
    set(part, bits);
  }
  const float factor = magnitude > 0 ? square / magnitude : 0;
  if (ivf.is_inner_product()) return {0, -factor};
  return {square + 2 * factor * centre_sum, -2 * factor};
}

// Rounds the rotated query to 2^bits levels between its lowest and its highest number.
inline void round_query(float* values, uint32_t count, uint32_t bits) {
  float lowest = values[0];
  float highest = values[0];
  for (uint32_t index = 1; index < count; index++) {
    lowest = minimum(lowest, values[index]);
    highest = maximum(highest, values[index]);
  }
  const float step = (highest - lowest) / static_cast<float>((1u << bits) - 1);
  if (!(step > 0)) return;
  for (uint32_t index = 0; index < count; index++) {
    values[index] = lowest + step * __builtin_rintf((values[index] - lowest) / step);
  }
}

// Σ s q of every four signs.
inline void fill_sign_table(const Ivf& ivf, const float* query, float* table) {
  for (uint32_t part = 0; part < ivf.parameters.part_count; part++) {
    for (uint32_t bits = 0; bits < 16; bits++) {
      float sum = 0;
      for (uint32_t bit = 0; bit < 4; bit++) {
        const float value = query[4 * part + bit];
        sum += (bits >> bit) & 1 ? value : -value;
      }
      table[16 * part + bits] = sum;
    }
  }
}

}  // namespace elanus
