import { ElanusError } from '../base/errors.ts'
import type { CollectionId, FieldId, PartitionId, RowId, SegmentId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'
import type { DeletePart, InsertPart, LogMessage, UpsertMessage } from './message.ts'

/**
 * A message in a log record's payload, little-endian:
 *
 *     message   kind u8 · version u8 · reserved u16 · part count u32 · collection id i64 · part*
 *     upsert    delete part count u32 · reserved u32 · delete* · insert*; its part count is of inserts
 *     insert    partition i64 · segment i64 · first row id i64 · shard u32 · row count u32
 *               · column count u32 · reserved u32 · column*
 *     column    field id i64 · type u32 · dimension u32 · size of a u32 · size of b u32 · a · b
 *     delete    partition i64 · shard u32 · column (its field id is zero)
 *
 * `a` is a column's values; for VarChar `a` is its row count + 1 offsets (u32) and `b` its bytes.
 * Each is followed by zeros up to the next multiple of 8 bytes.
 */
const kinds = { insert: 1, delete: 2, upsert: 3 } as const
const version = 1

const columnTypes = {
  Bool: 1,
  Int8: 2,
  Int16: 3,
  Int32: 4,
  Int64: 5,
  Float: 10,
  Double: 11,
  VarChar: 21,
  FloatVector: 101,
} as const

/** The parts of the payload; the values of large columns are passed through, not copied. */
export function encodeMessage(message: LogMessage): readonly Uint8Array[] {
  const writer = new ByteWriter()
  writer.u8(kinds[message.kind])
  writer.u8(version)
  writer.u16(0)
  writer.u32(message.kind === 'upsert' ? message.inserts.length : message.parts.length)
  writer.i64(message.collectionId)
  switch (message.kind) {
    case 'insert':
      for (const part of message.parts) encodeInsertPart(writer, part)
      break
    case 'delete':
      for (const part of message.parts) encodeDeletePart(writer, part)
      break
    case 'upsert':
      writer.u32(message.deletes.length)
      writer.u32(0)
      for (const part of message.deletes) encodeDeletePart(writer, part)
      for (const part of message.inserts) encodeInsertPart(writer, part)
      break
  }
  return writer.finish()
}

function encodeInsertPart(writer: ByteWriter, part: InsertPart): void {
  writer.i64(part.partitionId)
  writer.i64(part.segmentId)
  writer.i64(part.rowIdFirst)
  writer.u32(part.shardIndex)
  writer.u32(part.batch.rowCount)
  writer.u32(part.batch.columns.size)
  writer.u32(0)
  for (const [fieldId, column] of part.batch.columns) encodeColumn(writer, fieldId, column)
}

function encodeDeletePart(writer: ByteWriter, part: DeletePart): void {
  writer.i64(part.partitionId)
  writer.u32(part.shardIndex)
  writer.u32(0)
  encodeColumn(writer, 0n, columnOfKeys(part.primaryKeys))
}

function encodeColumn(writer: ByteWriter, fieldId: bigint, column: Column): void {
  const [values, bytes] = bytesOfColumn(column)
  writer.i64(fieldId)
  writer.u32(columnTypes[column.type])
  writer.u32(column.type === 'FloatVector' ? column.dimension : 0)
  writer.u32(values.byteLength)
  writer.u32(bytes.byteLength)
  writer.block(values)
  writer.block(bytes)
}

const nothing = new Uint8Array(0)

function bytesOfColumn(column: Column): readonly [values: Uint8Array, bytes: Uint8Array] {
  switch (column.type) {
    case 'VarChar':
      return [bytesOf(column.offsets), column.bytes]
    case 'FloatVector':
      return [column.bytes, nothing]
    default:
      return [bytesOf(column.values), nothing]
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function columnOfKeys(keys: PrimaryKeys): Column {
  if (keys.type === 'Int64') return { type: 'Int64', values: keys.values }
  const encoded = keys.values.map((value) => Buffer.from(value, 'utf8'))
  const offsets = new Uint32Array(encoded.length + 1)
  encoded.forEach((value, row) => {
    offsets[row + 1] = (offsets[row] ?? 0) + value.byteLength
  })
  return { type: 'VarChar', offsets, bytes: Buffer.concat(encoded) }
}

/** The message, which owns its memory. Rejects what it does not understand as CORRUPT. */
export function decodeMessage(payload: Uint8Array): LogMessage {
  const reader = new ByteReader(payload)
  const kind = reader.u8()
  const found = reader.u8()
  if (found !== version) throw corrupt(`message version ${found}, expected ${version}`)
  reader.u16()
  const partCount = reader.u32()
  const collectionId = toId<CollectionId>(reader.i64())
  switch (kind) {
    case kinds.insert:
      return { kind: 'insert', collectionId, parts: repeat(partCount, () => insertPart(reader)) }
    case kinds.delete:
      return { kind: 'delete', collectionId, parts: repeat(partCount, () => deletePart(reader)) }
    case kinds.upsert:
      return upsert(reader, collectionId, partCount)
    default:
      throw corrupt(`message kind ${kind}`)
  }
}

function upsert(
  reader: ByteReader,
  collectionId: CollectionId,
  insertCount: number,
): UpsertMessage {
  const deleteCount = reader.u32()
  reader.u32()
  const deletes = repeat(deleteCount, () => deletePart(reader))
  const inserts = repeat(insertCount, () => insertPart(reader))
  return { kind: 'upsert', collectionId, deletes, inserts }
}

function repeat<T>(count: number, read: () => T): readonly T[] {
  const values: T[] = []
  for (let index = 0; index < count; index += 1) values.push(read())
  return values
}

function insertPart(reader: ByteReader): InsertPart {
  const partitionId = toId<PartitionId>(reader.i64())
  const segmentId = toId<SegmentId>(reader.i64())
  const rowIdFirst = toId<RowId>(reader.i64())
  const shardIndex = reader.u32()
  const rowCount = reader.u32()
  const columnCount = reader.u32()
  reader.u32()
  const columns = new Map<FieldId, Column>()
  for (let index = 0; index < columnCount; index += 1) {
    const [fieldId, column] = readColumn(reader)
    columns.set(toId<FieldId>(fieldId), column)
  }
  return { partitionId, segmentId, rowIdFirst, shardIndex, batch: { rowCount, columns } }
}

function deletePart(reader: ByteReader): DeletePart {
  const partitionId = toId<PartitionId>(reader.i64())
  const shardIndex = reader.u32()
  reader.u32()
  const [, column] = readColumn(reader)
  return { partitionId, shardIndex, primaryKeys: keysOfColumn(column) }
}

function keysOfColumn(column: Column): PrimaryKeys {
  if (column.type === 'Int64') return { type: 'Int64', values: column.values }
  if (column.type !== 'VarChar') throw corrupt(`primary keys of type ${column.type}`)
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength)
  const values: string[] = []
  for (let row = 0; row + 1 < column.offsets.length; row += 1) {
    values.push(bytes.toString('utf8', column.offsets[row], column.offsets[row + 1]))
  }
  return { type: 'VarChar', values }
}

function readColumn(reader: ByteReader): readonly [bigint, Column] {
  const fieldId = reader.i64()
  const type = reader.u32()
  const dimension = reader.u32()
  const valuesSize = reader.u32()
  const bytesSize = reader.u32()
  const values = reader.block(valuesSize)
  const bytes = reader.block(bytesSize)
  return [fieldId, columnOf(type, dimension, values, bytes)]
}

function columnOf(
  type: number,
  dimension: number,
  values: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Column {
  switch (type) {
    case columnTypes.Bool:
      return { type: 'Bool', values }
    case columnTypes.Int8:
      return { type: 'Int8', values: new Int8Array(values.buffer) }
    case columnTypes.Int16:
      return { type: 'Int16', values: new Int16Array(values.buffer) }
    case columnTypes.Int32:
      return { type: 'Int32', values: new Int32Array(values.buffer) }
    case columnTypes.Int64:
      return { type: 'Int64', values: new BigInt64Array(values.buffer) }
    case columnTypes.Float:
      return { type: 'Float', values: new Float32Array(values.buffer) }
    case columnTypes.Double:
      return { type: 'Double', values: new Float64Array(values.buffer) }
    case columnTypes.VarChar:
      return { type: 'VarChar', offsets: new Uint32Array(values.buffer), bytes }
    case columnTypes.FloatVector:
      return { type: 'FloatVector', dimension, bytes: values }
    default:
      throw corrupt(`column type ${type}`)
  }
}

function corrupt(what: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot read a log message: ${what}`)
}
