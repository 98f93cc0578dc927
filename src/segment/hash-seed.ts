import { randomBytes } from 'node:crypto'
import type { HashSeed } from '../base/half-sip-hash.ts'

/**
 * The seed of this thread's hash tables. It is secret rather than replayable: what a table answers
 * does not depend on it, only how long a client can make it take.
 */
export const hashSeed: HashSeed = seedFrom(randomBytes(8))

function seedFrom(bytes: Buffer): HashSeed {
  return { low: bytes.readInt32LE(0), high: bytes.readInt32LE(4) }
}
