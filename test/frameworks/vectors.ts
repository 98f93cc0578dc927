import { seededRandom } from '../../src/base/random.ts'

/** A made-up embedding: the same text has the same vector, and no two texts are alike. */
export function embeddingOf(text: string, dimension: number): number[] {
  let seed = 0
  for (const character of text) seed = (seed * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  const random = seededRandom(seed)
  return Array.from({ length: dimension }, () => random.next() * 2 - 1)
}
