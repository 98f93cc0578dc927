import { ElanusError } from '../base/errors.ts'
import type { CollectionId, FieldId, PartitionId, RowId, SegmentId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import { isDataTypeName, isScalarType } from '../schema/data-type.ts'
import { fixedWidthBytes, isFixedColumn, viewFixedColumn } from '../schema/fixed-column.ts'
import type { Column, PrimaryKeys, ScalarColumn } from '../schema/row-batch.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'
import type { DeletePart, InsertPart, LogMessage, UpsertMessage } from './message.ts'

/**
 * A message in a log record's payload, little-endian:
 *
 *     message   kind u8 · version u8 · reserved u16 · part count u32 · collection id i64 · part*
 *     upsert    delete part count u32 · reserved u32 · delete* · insert*; its part count is of inserts
 *     insert    partition i64 · segment i64 · first row id i64 · shard u32 · row count u32
 *               · column count u32 · reserved u32 · column*
 *     column    field id i64 · type u32 · dimension u32 · size of a u32 · size of b u32
 *               · size of v u32 · reserved u32 · a · b · v · elements
 *     delete    partition i64 · shard u32 · column (its field id is zero)
 *
 * `a` is a column's values; of VarChar and JSON `a` is the row count + 1 offsets (u32) and `b` the
 * bytes. `v` has a bit for each row that has a value, and is empty when all do. Each is followed by
 * zeros up to the next multiple of 8 bytes. Of an Array `a` is the offsets, and `elements` is its
 * elements as another column, whose field id is zero; no other column has that part.
 */
const kinds = { insert: 1, delete: 2, upsert: 3 } as const
const version = 2

const columnTypes = {
  Bool: 1,
  Int8: 2,
  Int16: 3,
  Int32: 4,
  Int64: 5,
  Float: 10,
  Double: 11,
  VarChar: 21,
  Array: 22,
  JSON: 23,
  BinaryVector: 100,
  FloatVector: 101,
  Float16Vector: 102,
  BFloat16Vector: 103,
  Int8Vector: 105,
} as const satisfies Record<Column['type'], number>

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
  const validity = 'validity' in column ? (column.validity ?? nothing) : nothing
  writer.i64(fieldId)
  writer.u32(columnTypes[column.type])
  writer.u32('dimension' in column ? column.dimension : 0)
  writer.u32(values.byteLength)
  writer.u32(bytes.byteLength)
  writer.u32(validity.byteLength)
  writer.u32(0)
  writer.block(values)
  writer.block(bytes)
  writer.block(validity)
  if (column.type === 'Array') encodeColumn(writer, 0n, column.elements)
}

const nothing = new Uint8Array(0)

function bytesOfColumn(column: Column): readonly [values: Uint8Array, bytes: Uint8Array] {
  switch (column.type) {
    case 'VarChar':
    case 'JSON':
      return [bytesOf(column.offsets), column.bytes]
    case 'Array':
      return [bytesOf(column.offsets), nothing]
    default:
      return ['bytes' in column ? column.bytes : bytesOf(column.values), nothing]
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
  const header = readHeader(reader)
  return [header.fieldId, readValues(reader, header)]
}

interface ColumnHeader {
  readonly fieldId: bigint
  readonly type: Column['type']
  readonly dimension: number
  readonly valuesSize: number
  readonly bytesSize: number
  readonly validitySize: number
}

function readHeader(reader: ByteReader): ColumnHeader {
  const fieldId = reader.i64()
  const type = columnTypeOf(reader.u32())
  const dimension = reader.u32()
  const valuesSize = reader.u32()
  const bytesSize = reader.u32()
  const validitySize = reader.u32()
  reader.u32()
  return { fieldId, type, dimension, valuesSize, bytesSize, validitySize }
}

function readValues(reader: ByteReader, header: ColumnHeader): Column {
  const { type, dimension, validitySize } = header
  const values = reader.block(header.valuesSize)
  const bytes = reader.block(header.bytesSize)
  const block = reader.block(validitySize)
  const validity = validitySize === 0 ? undefined : block
  switch (type) {
    case 'VarChar':
    case 'JSON':
      return { type, offsets: new Uint32Array(values.buffer), bytes, validity }
    case 'Array': {
      const offsets = new Uint32Array(values.buffer)
      return { type, offsets, elements: readElements(reader), validity }
    }
    case 'BinaryVector':
    case 'FloatVector':
    case 'Float16Vector':
    case 'BFloat16Vector':
    case 'Int8Vector':
      return { type, dimension, bytes: values }
    default: {
      const rowCount = values.length / fixedWidthBytes[type]
      return { ...viewFixedColumn(type, values.buffer, rowCount), validity }
    }
  }
}

/** Elements are no arrays themselves: that is seen before they are read. */
function readElements(reader: ByteReader): ScalarColumn {
  const header = readHeader(reader)
  if (!isScalarType(header.type)) throw corrupt(`array elements of type ${header.type}`)
  const column = readValues(reader, header)
  if (column.type === 'VarChar' || isFixedColumn(column)) return column
  throw corrupt(`array elements of type ${column.type}`)
}

function columnTypeOf(number: number): Column['type'] {
  const type = columnTypeNames.get(number)
  if (type === undefined) throw corrupt(`column type ${number}`)
  return type
}

const columnTypeNames: ReadonlyMap<number, Column['type']> = new Map(
  Object.keys(columnTypes)
    .filter(isDataTypeName)
    .map((name) => [columnTypes[name], name]),
)

function corrupt(what: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot read a log message: ${what}`)
}
