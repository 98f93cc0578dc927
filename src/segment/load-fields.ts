import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { FieldId, SegmentId } from '../base/int64.ts'
import { columnSizeBytes } from '../schema/batch-size.ts'
import {
  type CollectionSchema,
  type FieldSchema,
  isVectorField,
  type PlainField,
  type VectorField,
} from '../schema/collection-schema.ts'
import { elementTypeOf, vectorRowSizeBytes } from '../schema/data-type.ts'
import { absentColumn } from '../schema/default-column.ts'
import { isVectorColumn, rowCountOf } from '../schema/fixed-column.ts'
import type { Column } from '../schema/row-batch.ts'
import { rowIdFieldId, timestampFieldId } from '../schema/system-fields.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import type { BinlogColumn } from '../storage/binlog-header.ts'
import { binlogColumnOf, readInsertLog } from '../storage/insert-log.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import { createVectorStore } from '../vector-index/vector-store.ts'
import { plainWriter } from './field-writer.ts'
import { allocatePlainField } from './growing-field.ts'
import type { FieldHandle } from './segment-handle.ts'
import { allocateShared } from './shared-array.ts'

export interface FieldsRequest {
  readonly segmentId: SegmentId
  readonly schema: CollectionSchema
  readonly rowCount: number
  readonly binlogs: readonly BinlogFacts[]
}

/** A segment's columns, loaded; the stores are open on this thread and closed with it. */
export interface LoadedFields extends Disposable {
  readonly timestamps: SharedArrayBuffer
  readonly handles: readonly FieldHandle[]
  readonly stores: ReadonlyMap<FieldId, VectorStore>
  /** Raw bytes of the rows, as they were counted while they grew. */
  readonly sizeBytes: number
}

/**
 * Reads every field of the schema and the timestamps, piece by piece, into memory of the right size.
 * Row ids stay where they are: only a merge reads them back.
 */
export async function loadFields(
  store: ObjectStore,
  request: FieldsRequest,
  checkpoint: () => void,
): Promise<LoadedFields> {
  const stores = new Map<FieldId, VectorStore>()
  const close = (): void => {
    for (const vectors of stores.values()) vectors[Symbol.dispose]()
  }
  try {
    const timestamps = await loadTimestamps(store, request)
    const handles: FieldHandle[] = []
    let sizeBytes = request.rowCount * 2 * BigInt64Array.BYTES_PER_ELEMENT
    for (const field of request.schema.fields) {
      checkpoint()
      const loader = loaderOf(field, request)
      if (loader.store !== undefined) stores.set(field.id, loader.store)
      for await (const piece of readField(store, request, field)) loader.add(piece)
      loader.store?.seal()
      handles.push(loader.handle)
      sizeBytes += loader.sizeBytes()
    }
    return { timestamps, handles, stores, sizeBytes, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

function readField(
  store: ObjectStore,
  request: FieldsRequest,
  field: FieldSchema,
): AsyncIterable<Column> | Iterable<Column> {
  if (isAbsent(field, request)) return [absentColumn(field, request.rowCount)]
  return readPieces(store, request, field.id, binlogColumnOf(request.schema, field.id))
}

/** Rows of a field that was added after they were written are in no file. */
function isAbsent(field: FieldSchema, request: FieldsRequest): boolean {
  return field.addedAt !== undefined && filesOf(request, field.id).length === 0
}

function filesOf(
  { binlogs }: Pick<FieldsRequest, 'binlogs'>,
  fieldId: FieldId,
): readonly BinlogFacts[] {
  return binlogs
    .filter((binlog) => binlog.kind === 'insert' && binlog.fieldId === fieldId)
    .toSorted((left, right) => (left.logId < right.logId ? -1 : 1))
}

/** One field's rows, from its binlogs in the order of their ids. */
async function* readPieces(
  store: ObjectStore,
  request: Omit<FieldsRequest, 'schema'>,
  fieldId: FieldId,
  column: BinlogColumn,
): AsyncIterable<Column> {
  const { rowCount, segmentId } = request
  const files = filesOf(request, fieldId)
  const found = files.reduce((sum, file) => sum + file.rowCount, 0)
  if (found !== rowCount) {
    throw new ElanusError(
      'CORRUPT',
      `Cannot load segment ${segmentId}: the binlogs of field ${fieldId} have ${found} rows, not ${rowCount}`,
    )
  }
  for (const file of files) yield* readInsertLog(store, file, column)
}

/** One vector field alone, sealed: what an index is built on. */
export async function loadVectors(
  store: ObjectStore,
  request: Omit<FieldsRequest, 'schema'>,
  field: VectorShape,
): Promise<VectorStore> {
  const { id, type, dimension } = field
  const loader = vectorLoader(field, request.rowCount)
  const column: BinlogColumn = { name: '', type, dimension }
  try {
    for await (const piece of readPieces(store, request, id, column)) loader.add(piece)
    loader.store.seal()
    return loader.store
  } catch (error) {
    loader.store[Symbol.dispose]()
    throw error
  }
}

/** The row ids, which a segment in memory does without. */
export async function loadRowIds(
  store: ObjectStore,
  request: FieldsRequest,
): Promise<BigInt64Array> {
  const values = new BigInt64Array(request.rowCount)
  let row = 0
  const column = binlogColumnOf(request.schema, rowIdFieldId)
  for await (const piece of readPieces(store, request, rowIdFieldId, column)) {
    assert(piece.type === 'Int64', 'a column is of the type that was asked for')
    values.set(piece.values, row)
    row += piece.values.length
  }
  return values
}

async function loadTimestamps(
  store: ObjectStore,
  request: FieldsRequest,
): Promise<SharedArrayBuffer> {
  const buffer = allocateShared(request.rowCount * BigInt64Array.BYTES_PER_ELEMENT)
  const values = new BigInt64Array(buffer)
  let row = 0
  let last = 0n
  const column = binlogColumnOf(request.schema, timestampFieldId)
  for await (const piece of readPieces(store, request, timestampFieldId, column)) {
    assert(piece.type === 'Int64', 'a column is of the type that was asked for')
    for (const timestamp of piece.values) {
      // What a read may see is found by halving: rows out of order would be lost to it.
      if (timestamp < last) throw outOfOrder(request.segmentId, row)
      last = timestamp
      values[row] = timestamp
      row += 1
    }
  }
  return buffer
}

function outOfOrder(segmentId: SegmentId, row: number): ElanusError {
  const message = `Cannot load segment ${segmentId}: row ${row} is older than the one before it`
  return new ElanusError('CORRUPT', message)
}

interface FieldLoader {
  readonly handle: FieldHandle
  readonly store?: VectorStore
  add(piece: Column): void
  sizeBytes(): number
}

function loaderOf(field: FieldSchema, request: FieldsRequest): FieldLoader {
  if (isVectorField(field)) return vectorLoader(field, request.rowCount)
  const { rowCount } = request
  const sizeBytesMax = isAbsent(field, request)
    ? columnSizeBytes(absentColumn(field, rowCount))
    : valuesSizeBytesMax(field, request)
  const handle = allocatePlainField(field, { rowCountMax: rowCount, sizeBytesMax })
  const writer = plainWriter(handle)
  return {
    handle: { ...handle, fieldId: field.id },
    add: (piece) => {
      writer.reserve(piece)
      writer.append(piece)
    },
    sizeBytes: () => writer.sizeBytes,
  }
}

/** A file is larger than the values in it, so its size bounds them before they are read. */
function valuesSizeBytesMax(field: PlainField, request: FieldsRequest): number {
  const sizeBytes = filesOf(request, field.id).reduce((sum, file) => sum + file.sizeBytes, 0)
  // But for elements that are bits there, and bytes here.
  const isOfBits = field.type === 'Array' && field.elementType === 'Bool'
  return isOfBits ? 8 * sizeBytes : sizeBytes
}

type VectorShape = Pick<VectorField, 'id' | 'type' | 'dimension'>

function vectorLoader(
  { id, type, dimension }: VectorShape,
  rowCount: number,
): FieldLoader & { readonly store: VectorStore } {
  const store = createVectorStore({ dimension, rowCount, elementType: elementTypeOf(type) })
  return {
    handle: { kind: 'vector', fieldId: id, store: store.handle() },
    store,
    add: (piece) => {
      assert(isVectorColumn(piece), 'a piece is of its field')
      store.append(piece.bytes, rowCountOf(piece))
    },
    sizeBytes: () => rowCount * vectorRowSizeBytes(type, dimension),
  }
}
