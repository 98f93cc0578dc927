import { toId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'

/** The wire's unsigned 64 bits; a hybrid timestamp leaves the top one alone. */
export function timestampOf(value: bigint): Timestamp {
  return toId<Timestamp>(BigInt.asUintN(63, value))
}
