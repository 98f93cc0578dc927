import { assert, present } from '../base/assert.ts'
import { type VectorTypeName, vectorRowSizeBytes } from '../schema/data-type.ts'
import { type FixedTypeName, fixedWidthBytes, viewFixedColumn } from '../schema/fixed-column.ts'
import type {
  ArrayColumn,
  Column,
  FixedWidthColumn,
  PlainColumn,
  ScalarColumn,
  VectorColumn,
} from '../schema/row-batch.ts'
import { hasValue, type Validity, validityOf } from '../schema/validity.ts'
import type { VectorStore } from '../vector-index/contract.ts'
import type { RowReferences } from './segment.ts'

/** One field of a segment, as any thread reads it. */
export type FieldReader = PlainFieldReader | VectorFieldReader

export type PlainFieldReader = (FixedFieldReader | SpanFieldReader | ArrayFieldReader) & {
  /** Of a field that is nullable: a bit for each row that has a value. */
  readonly validity?: SharedArrayBuffer | undefined
}

export interface FixedFieldReader {
  readonly kind: 'fixed'
  readonly type: FixedTypeName
  readonly values: SharedArrayBuffer
}

export interface SpanFieldReader {
  readonly kind: 'varChar'
  readonly type: 'VarChar' | 'JSON'
  readonly offsets: SharedArrayBuffer
  readonly bytes: SharedArrayBuffer
}

export interface ArrayFieldReader {
  readonly kind: 'array'
  readonly offsets: SharedArrayBuffer
  readonly elements: FixedFieldReader | SpanFieldReader
}

export interface VectorFieldReader {
  readonly kind: 'vector'
  readonly type: VectorTypeName
  readonly store: VectorStore
}

/**
 * One column of rows that lie in several segments, in the order of the references: a copy.
 * `readers` are the field's, one for each segment.
 */
export function gatherColumn(readers: readonly FieldReader[], rows: RowReferences): Column {
  const first = present(readers[0], 'rows lie in some segment')
  if (first.kind === 'vector') return gatherVectors(only(readers, 'vector'), rows)
  const plain = readers.map((reader) => {
    assert(reader.kind !== 'vector', 'segments of one collection have the same fields')
    return reader
  })
  return { ...gatherPlain(plain, rows), validity: gatherValidity(plain, rows) }
}

/** References to rows of one segment. */
export function rowsOfOne(offsets: Uint32Array): RowReferences {
  return { segmentIndexes: new Uint32Array(offsets.length), offsets }
}

function gatherPlain(readers: readonly PlainFieldReader[], rows: RowReferences): PlainColumn {
  const first = present(readers[0], 'rows lie in some segment')
  if (first.kind === 'array') return gatherArrays(only(readers, 'array'), rows)
  if (first.kind === 'fixed') return gatherFixed(first.type, only(readers, 'fixed'), rows)
  return { type: first.type, ...gatherSpans(only(readers, 'varChar'), rows) }
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

function gatherValidity(
  readers: readonly PlainFieldReader[],
  { segmentIndexes, offsets }: RowReferences,
): Validity | undefined {
  if (readers.every(({ validity }) => validity === undefined)) return undefined
  const sources = readers.map(({ validity }) => validity && wholeOf(validity))
  return validityOf(offsets.length, (index) =>
    hasValue(sources[segmentIndexes[index] ?? 0], offsets[index] ?? 0),
  )
}

/** As it is now: a view that followed the growth would be slower to read. */
function wholeOf(buffer: SharedArrayBuffer): Uint8Array {
  return new Uint8Array(buffer, 0, buffer.byteLength)
}

type Words = Uint8Array | Uint16Array | Uint32Array

function gatherFixed(
  type: FixedTypeName,
  readers: readonly FixedFieldReader[],
  rows: RowReferences,
): FixedWidthColumn {
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

function gatherSpans(
  readers: readonly SpanFieldReader[],
  rows: RowReferences,
): { readonly offsets: Uint32Array; readonly bytes: Uint8Array } {
  const sources = readers.map((reader) => ({
    offsets: offsetsOf(reader.offsets),
    bytes: wholeOf(reader.bytes),
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
  return { offsets, bytes }
}

/** The elements of the rows are rows themselves, of the columns that hold elements. */
function gatherArrays(readers: readonly ArrayFieldReader[], rows: RowReferences): ArrayColumn {
  const sources = readers.map((reader) => offsetsOf(reader.offsets))
  const rowCount = rows.offsets.length
  const offsets = new Uint32Array(rowCount + 1)
  for (let index = 0; index < rowCount; index++) {
    const row = rows.offsets[index] ?? 0
    const source = present(sources[rows.segmentIndexes[index] ?? 0], 'a row has a segment')
    offsets[index + 1] = (offsets[index] ?? 0) + (source[row + 1] ?? 0) - (source[row] ?? 0)
  }
  const elementCount = offsets[rowCount] ?? 0
  const elements = {
    segmentIndexes: new Uint32Array(elementCount),
    offsets: new Uint32Array(elementCount),
  }
  for (let index = 0; index < rowCount; index++) {
    const segmentIndex = rows.segmentIndexes[index] ?? 0
    let place = sources[segmentIndex]?.[rows.offsets[index] ?? 0] ?? 0
    const to = offsets[index + 1] ?? 0
    for (let at = offsets[index] ?? 0; at < to; at++, place++) {
      elements.segmentIndexes[at] = segmentIndex
      elements.offsets[at] = place
    }
  }
  return { type: 'Array', offsets, elements: gatherElements(readers, elements) }
}

function gatherElements(
  readers: readonly ArrayFieldReader[],
  elements: RowReferences,
): ScalarColumn {
  const sources = readers.map((reader) => reader.elements)
  const first = present(sources[0], 'rows lie in some segment')
  if (first.kind === 'fixed') return gatherFixed(first.type, only(sources, 'fixed'), elements)
  return { type: 'VarChar', ...gatherSpans(only(sources, 'varChar'), elements) }
}

function offsetsOf(buffer: SharedArrayBuffer): Uint32Array {
  return new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / Uint32Array.BYTES_PER_ELEMENT))
}

function gatherVectors(readers: readonly VectorFieldReader[], rows: RowReferences): VectorColumn {
  const { type, store } = present(readers[0], 'rows lie in some segment')
  const { dimension } = store
  if (readers.length === 1) return { type, dimension, bytes: store.readRows(rows.offsets) }
  const rowSizeBytes = vectorRowSizeBytes(type, dimension)
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
  return { type, dimension, bytes }
}

function placesOf(segmentIndex: number, rows: RowReferences): number[] {
  const places: number[] = []
  for (const [place, index] of rows.segmentIndexes.entries()) {
    if (index === segmentIndex) places.push(place)
  }
  return places
}
