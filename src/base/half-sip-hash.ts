/**
 * HalfSipHash-1-3: SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) on
 * 32-bit words, with one round for each word and three at the end. It is what the Linux kernel keys
 * hash tables with on 32-bit machines: without the seed nobody can choose keys that collide, and
 * JavaScript computes it in integer registers.
 */
export interface HashSeed {
  readonly low: number
  readonly high: number
}

/** The hash of eight bytes, given as two little-endian words; unsigned. */
export function hashWords(seed: HashSeed, low: number, high: number): number {
  const state = start(seed)
  absorb(state, low)
  absorb(state, high)
  absorb(state, 8 << 24)
  return finish(state)
}

/** The hash of bytes [from, to); unsigned. */
export function hashBytes(seed: HashSeed, bytes: Uint8Array, from: number, to: number): number {
  const state = start(seed)
  let at = from
  for (; at + 4 <= to; at += 4) absorb(state, wordAt(bytes, at))
  let last = (to - from) << 24
  for (let shift = 0; at < to; at++, shift += 8) last |= (bytes[at] ?? 0) << shift
  absorb(state, last)
  return finish(state)
}

interface State {
  a: number
  b: number
  c: number
  d: number
}

function start(seed: HashSeed): State {
  const { low, high } = seed
  return { a: low | 0, b: high | 0, c: low ^ 0x6c796765, d: high ^ 0x74656462 }
}

function absorb(state: State, word: number): void {
  state.d ^= word
  round(state)
  state.a ^= word
}

function finish(state: State): number {
  state.c ^= 0xff
  round(state)
  round(state)
  round(state)
  return (state.b ^ state.d) >>> 0
}

function round(state: State): void {
  let { a, b, c, d } = state
  a = (a + b) | 0
  b = rotate(b, 5) ^ a
  a = rotate(a, 16)
  c = (c + d) | 0
  d = rotate(d, 8) ^ c
  a = (a + d) | 0
  d = rotate(d, 7) ^ a
  c = (c + b) | 0
  b = rotate(b, 13) ^ c
  c = rotate(c, 16)
  state.a = a
  state.b = b
  state.c = c
  state.d = d
}

function rotate(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count))
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}
