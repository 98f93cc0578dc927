import type { Int64 } from './int64.ts'
import { toId } from './int64.ts'

/**
 * A hybrid timestamp: wall-clock milliseconds, then a counter for what falls in the same one.
 *
 *     63            18 17            0
 *     [ physical ms   |   logical    ]
 *
 * It orders every write of the system. It does not fit a number: bigint everywhere.
 */
export type Timestamp = Int64<'Timestamp'>

export const logicalBits = 18n
/** The most timestamps that one millisecond holds. */
export const logicalCountMax = 1 << Number(logicalBits)
const logicalMask = (1n << logicalBits) - 1n

export const timestampZero = toId<Timestamp>(0n)

export function composeTimestamp(physicalMs: number, logical: number): Timestamp {
  return toId<Timestamp>((BigInt(physicalMs) << logicalBits) | BigInt(logical))
}

export function physicalMsOf(timestamp: bigint): number {
  return Number(timestamp >> logicalBits)
}

export function logicalOf(timestamp: bigint): number {
  return Number(timestamp & logicalMask)
}
