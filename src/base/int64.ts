import { assert } from './assert.ts'

/**
 * 64-bit integers are bigint, branded by what they count, so that a segment's id is never taken for
 * a collection's. A wire number becomes an id in one place: here.
 */
declare const brand: unique symbol

export type Int64<Name extends string> = bigint & { readonly [brand]: Name }

export type DatabaseId = Int64<'DatabaseId'>
export type CollectionId = Int64<'CollectionId'>
export type PartitionId = Int64<'PartitionId'>
export type SegmentId = Int64<'SegmentId'>
export type FieldId = Int64<'FieldId'>
export type IndexId = Int64<'IndexId'>
/** One attempt-independent request to index one segment; attempts are told apart by version. */
export type BuildId = Int64<'BuildId'>
export type NodeId = Int64<'NodeId'>
/** Names a binlog file for ever: never used twice, not even after a failed attempt. */
export type LogId = Int64<'LogId'>
export type RowId = Int64<'RowId'>

export const int64Min = -(2n ** 63n)
export const int64Max = 2n ** 63n - 1n

/** Brands a bigint that the caller knows to be such an id. */
export function toId<Id extends bigint>(value: bigint): Id {
  assert(value >= int64Min && value <= int64Max, 'an id fits 64 bits')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where brands are made
  return value as Id
}
