import { deserialize, serialize } from 'node:v8'
import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { mib } from '../base/units.ts'
import type { Aggregation, RowGroup } from '../segment/aggregate-rows.ts'
import type { RowOrder } from '../segment/row-order.ts'

/**
 * What few scans have: an order, an aggregation, groups. They hold fields and 64-bit numbers and never
 * leave the process, so they travel as V8 serialises them.
 */
export function encodeScanOptions(options: RowOrder | Aggregation | undefined): Uint8Array {
  if (options === undefined || ('length' in options && options.length === 0)) return noOptions
  return serialize(options)
}

const noOptions = new Uint8Array(0)

export function decodeOrder(bytes: Uint8Array): RowOrder | undefined {
  if (bytes.length === 0) return undefined
  const order: unknown = deserialize(bytes)
  assert(isOrder(order), 'a thread is sent the order that was asked for')
  return order
}

function isOrder(value: unknown): value is RowOrder {
  return Array.isArray(value)
}

export function decodeAggregation(bytes: Uint8Array): Aggregation {
  const aggregation: unknown = deserialize(bytes)
  assert(isAggregation(aggregation), 'a thread is sent the aggregation that was asked for')
  return aggregation
}

function isAggregation(value: unknown): value is Aggregation {
  return typeof value === 'object' && value !== null && 'aggregates' in value
}

/** What fits a record beside others. */
const groupsSizeBytesMax = 32 * mib

/** INVALID_ARGUMENT when they are too large for one answer, which texts may make them. */
export function encodeGroups(groups: readonly RowGroup[]): Uint8Array {
  const bytes = serialize(groups)
  if (bytes.length <= groupsSizeBytesMax) return bytes
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot return ${groups.length} groups of ${bytes.length} bytes: the most is ` +
      `${groupsSizeBytesMax}, use a narrower filter`,
  )
}

export function decodeGroups(bytes: Uint8Array): readonly RowGroup[] {
  const groups: unknown = deserialize(bytes)
  assert(isGroups(groups), 'an answer fits its request')
  return groups
}

function isGroups(value: unknown): value is readonly RowGroup[] {
  return Array.isArray(value)
}
