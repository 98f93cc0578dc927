import { deserialize, serialize } from 'node:v8'
import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { FilterPlan } from '../expression/plan.ts'

/**
 * A filter as it is sent to search threads: bytes, for it lies in a record beside the request, and
 * because equal filters have equal bytes, which is how a thread knows one that it has met before.
 * They are read by the process that wrote them and by nobody else.
 */
export type EncodedFilter = Uint8Array

/** INVALID_ARGUMENT when it is too large, which a list of constants may be. */
export function encodeFilter(plan: FilterPlan): EncodedFilter {
  const bytes = serialize(plan)
  if (bytes.length <= limits.filterSizeBytesMax) return bytes
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot use a filter of ${bytes.length} bytes: the most is ${limits.filterSizeBytesMax}, ` +
      'use fewer constants',
  )
}

/** Arrays of constants stay views of the bytes, which must not change any more. */
export function decodeFilter(bytes: EncodedFilter): FilterPlan {
  const plan: unknown = deserialize(bytes)
  assert(isPlan(plan), 'a thread is sent what encodeFilter made')
  return plan
}

function isPlan(value: unknown): value is FilterPlan {
  return typeof value === 'object' && value !== null && 'predicate' in value
}
