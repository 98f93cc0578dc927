import { crc32 } from 'node:zlib'
import { present } from '../../base/assert.ts'
import type { FieldId, PartitionId, RowId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { Column, PrimaryKeys, RowBatch } from '../../schema/row-batch.ts'
import { takeRows } from '../../schema/take-rows.ts'
import type { DeleteRows, InsertRows } from '../data/data-service.ts'

/** A VarChar key's hash looks at this many of its first bytes. */
const hashedBytesMax = 100

/**
 * Which shard a key belongs to decides where its rows and its deletes go, and which partition a
 * partition key belongs to where they are searched; so neither ever changes: MurmurHash3 (Appleby,
 * x86 32-bit) of an Int64's eight bytes, CRC-32 of a VarChar's first bytes. `partitionId` counts
 * where there is no partition key.
 */
export function routeInsert(
  collection: CollectionRecord,
  partitionId: PartitionId,
  rowIdFirst: RowId,
  batch: RowBatch,
): readonly InsertRows[] {
  const { shards, schema, partitions } = collection
  const { partitionKeyId, primaryKey } = schema
  if (shards.length === 1 && partitionKeyId === undefined) {
    return [{ partitionId, shardIndex: 0, rowIdFirst, batch }]
  }
  const shardOf = placesOf(batch, primaryKey.fieldId, shards.length)
  const partitionOf =
    partitionKeyId === undefined ? undefined : placesOf(batch, partitionKeyId, partitions.length)
  const places = shardOf.map((shard, row) => (partitionOf?.[row] ?? 0) * shards.length + shard)
  const parts: InsertRows[] = []
  let rowId: bigint = rowIdFirst
  for (const [place, rows] of grouped(places)) {
    const partition = partitionOf && partitions[Math.floor(place / shards.length)]
    parts.push({
      partitionId: partition?.id ?? partitionId,
      shardIndex: place % shards.length,
      rowIdFirst: toId<RowId>(rowId),
      batch: takeRows(batch, Uint32Array.from(rows)),
    })
    rowId += BigInt(rows.length)
  }
  return parts
}

export function routeDelete(
  collection: CollectionRecord,
  partitionId: PartitionId,
  keys: PrimaryKeys,
): readonly DeleteRows[] {
  const shardCount = collection.shards.length
  if (shardCount === 1) return [{ partitionId, shardIndex: 0, primaryKeys: keys }]
  const shards = hashesOf(keys).map((hash) => placeOf(hash, shardCount))
  return [...grouped(shards)].map(([shardIndex, rows]) => ({
    partitionId,
    shardIndex,
    primaryKeys: takeKeys(keys, rows),
  }))
}

/** The partitions in which rows with these partition keys lie: each once, and one at least. */
export function partitionsOfKeys(
  { partitions }: CollectionRecord,
  keys: PrimaryKeys,
): readonly PartitionId[] {
  const places = new Set(hashesOf(keys).map((hash) => placeOf(hash, partitions.length)))
  // A read is of some partition, also when nothing can pass.
  if (places.size === 0) places.add(0)
  return [...places].map((place) => present(partitions[place], 'a place is a partition').id)
}

/** The shard or partition of each row. */
function placesOf(batch: RowBatch, fieldId: FieldId, placeCount: number): Uint32Array {
  const keys = present(batch.columns.get(fieldId), 'a batch has a column for every field')
  const places = new Uint32Array(batch.rowCount)
  for (let row = 0; row < batch.rowCount; row += 1)
    places[row] = placeOf(hashKey(keys, row), placeCount)
  return places
}

function placeOf(hash: number, placeCount: number): number {
  return (hash & 0x7fffffff) % placeCount
}

function grouped(places: Uint32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const [row, place] of places.entries()) {
    const rows = groups.get(place)
    if (rows === undefined) groups.set(place, [row])
    else rows.push(row)
  }
  return groups
}

function hashesOf(keys: PrimaryKeys): Uint32Array {
  return keys.type === 'Int64'
    ? Uint32Array.from(keys.values, hashInt64)
    : Uint32Array.from(keys.values, (key) => hashBytes(Buffer.from(key, 'utf8')))
}

function hashKey(keys: Column, row: number): number {
  if (keys.type === 'Int64') return hashInt64(keys.values[row] ?? 0n)
  if (keys.type !== 'VarChar') return 0
  return hashBytes(keys.bytes.subarray(keys.offsets[row], keys.offsets[row + 1]))
}

function hashBytes(bytes: Uint8Array): number {
  return crc32(bytes.subarray(0, hashedBytesMax))
}

/** MurmurHash3_x86_32 with seed 0 over the value's eight little-endian bytes. */
export function hashInt64(value: bigint): number {
  const low = Number(BigInt.asUintN(32, value))
  const high = Number(BigInt.asUintN(32, value >> 32n))
  let hash = mixBlock(mixBlock(0, low), high) ^ 8
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function mixBlock(hash: number, block: number): number {
  const scrambled = Math.imul(rotateLeft(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
  return (Math.imul(rotateLeft(hash ^ scrambled, 13), 5) + 0xe6546b64) | 0
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function takeKeys(keys: PrimaryKeys, rows: readonly number[]): PrimaryKeys {
  if (keys.type === 'Int64') {
    return { type: 'Int64', values: BigInt64Array.from(rows, (row) => keys.values[row] ?? 0n) }
  }
  return { type: 'VarChar', values: rows.map((row) => keys.values[row] ?? '') }
}
