import { assert, present } from '../base/assert.ts'
import { type FixedTypeName, fixedWidthBytes, viewFixedColumn } from '../schema/fixed-column.ts'
import type { Column, FloatVectorColumn, VarCharColumn } from '../schema/row-batch.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import type { RowReferences } from './segment.ts'

/** One field of a segment, as any thread reads it. */
export type FieldReader = FixedFieldReader | VarCharFieldReader | VectorFieldReader

export interface FixedFieldReader {
  readonly kind: 'fixed'
  readonly type: FixedTypeName
  readonly values: SharedArrayBuffer
}

export interface VarCharFieldReader {
  readonly kind: 'varChar'
  readonly offsets: SharedArrayBuffer
  readonly bytes: SharedArrayBuffer
}

export interface VectorFieldReader {
  readonly kind: 'vector'
  readonly store: VectorStore
}

/**
 * One column of rows that lie in several segments, in the order of the references: a copy.
 * `readers` are the field's, one for each segment.
 */
export function gatherColumn(readers: readonly FieldReader[], rows: RowReferences): Column {
  const first = present(readers[0], 'rows lie in some segment')
  switch (first.kind) {
    case 'fixed':
      return gatherFixed(first.type, only(readers, 'fixed'), rows)
    case 'varChar':
      return gatherVarChar(only(readers, 'varChar'), rows)
    case 'vector':
      return gatherVectors(only(readers, 'vector'), rows)
  }
}

/** References to rows of one segment. */
export function rowsOfOne(offsets: Uint32Array): RowReferences {
  return { segmentIndexes: new Uint32Array(offsets.length), offsets }
}

function only<Kind extends FieldReader['kind']>(
  readers: readonly FieldReader[],
  kind: Kind,
): Extract<FieldReader, { kind: Kind }>[] {
  return readers.map((reader) => {
    assert(isOfKind(reader, kind), 'segments of one collection have the same fields')
    return reader
  })
}

function isOfKind<Kind extends FieldReader['kind']>(
  reader: FieldReader,
  kind: Kind,
): reader is Extract<FieldReader, { kind: Kind }> {
  return reader.kind === kind
}

type Words = Uint8Array | Uint16Array | Uint32Array

function gatherFixed(
  type: FixedTypeName,
  readers: readonly FixedFieldReader[],
  rows: RowReferences,
): Column {
  const widthBytes = fixedWidthBytes[type]
  const rowCount = rows.offsets.length
  const gathered = new ArrayBuffer(rowCount * widthBytes)
  const sources = readers.map((reader) => wordsOf(reader.values, widthBytes))
  // Values are moved as bits: through floating point, a NaN might not stay the one that it was.
  gatherWords(sources, rows, wordsOf(gathered, widthBytes))
  return viewFixedColumn(type, gathered, rowCount)
}

function wordsOf(buffer: ArrayBufferLike, widthBytes: number): Words {
  if (widthBytes === 1) return new Uint8Array(buffer, 0, buffer.byteLength)
  if (widthBytes === 2) return new Uint16Array(buffer, 0, buffer.byteLength >> 1)
  return new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / 4))
}

function gatherWords(sources: readonly Words[], rows: RowReferences, target: Words): void {
  const { segmentIndexes, offsets } = rows
  const wordsPerRow = offsets.length === 0 ? 1 : target.length / offsets.length
  for (let index = 0; index < offsets.length; index++) {
    const source = present(sources[segmentIndexes[index] ?? 0], 'a row lies in a known segment')
    const from = (offsets[index] ?? 0) * wordsPerRow
    const to = index * wordsPerRow
    for (let word = 0; word < wordsPerRow; word++) target[to + word] = source[from + word] ?? 0
  }
}

function gatherVarChar(readers: readonly VarCharFieldReader[], rows: RowReferences): VarCharColumn {
  const sources = readers.map((reader) => ({
    offsets: new Uint32Array(reader.offsets, 0, Math.floor(reader.offsets.byteLength / 4)),
    bytes: new Uint8Array(reader.bytes, 0, reader.bytes.byteLength),
  }))
  const rowCount = rows.offsets.length
  const offsets = new Uint32Array(rowCount + 1)
  let sizeBytes = 0
  for (let index = 0; index < rowCount; index++) {
    const row = rows.offsets[index] ?? 0
    const source = present(sources[rows.segmentIndexes[index] ?? 0], 'a row has a segment')
    sizeBytes += (source.offsets[row + 1] ?? 0) - (source.offsets[row] ?? 0)
    offsets[index + 1] = sizeBytes
  }
  const bytes = new Uint8Array(sizeBytes)
  for (let index = 0; index < rowCount; index++) {
    const row = rows.offsets[index] ?? 0
    const source = present(sources[rows.segmentIndexes[index] ?? 0], 'a row has a segment')
    const value = source.bytes.subarray(source.offsets[row], source.offsets[row + 1])
    bytes.set(value, offsets[index])
  }
  return { type: 'VarChar', offsets, bytes }
}

function gatherVectors(
  readers: readonly VectorFieldReader[],
  rows: RowReferences,
): FloatVectorColumn {
  const { dimension } = present(readers[0], 'rows lie in some segment').store
  if (readers.length === 1) return readVectors(readers, rows.offsets)
  const rowSizeBytes = dimension * Float32Array.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(rows.offsets.length * rowSizeBytes)
  for (const [segmentIndex, reader] of readers.entries()) {
    const places = placesOf(segmentIndex, rows)
    const offsets = Uint32Array.from(places, (place) => rows.offsets[place] ?? 0)
    const read = reader.store.readRows(offsets)
    for (const [index, place] of places.entries()) {
      const row = read.subarray(index * rowSizeBytes, (index + 1) * rowSizeBytes)
      bytes.set(row, place * rowSizeBytes)
    }
  }
  return { type: 'FloatVector', dimension, bytes }
}

function readVectors(
  readers: readonly VectorFieldReader[],
  offsets: Uint32Array,
): FloatVectorColumn {
  const { store } = present(readers[0], 'rows lie in some segment')
  return { type: 'FloatVector', dimension: store.dimension, bytes: store.readRows(offsets) }
}

function placesOf(segmentIndex: number, rows: RowReferences): number[] {
  const places: number[] = []
  for (const [place, index] of rows.segmentIndexes.entries()) {
    if (index === segmentIndex) places.push(place)
  }
  return places
}
