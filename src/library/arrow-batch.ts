import { ElanusError } from '../base/errors.ts'
import type { ElementType } from './element-type.ts'
import type { VectorArray } from './vector-source.ts'

/**
 * Arrow data by its shape, not by its class: a record batch or a table of the caller's own version of
 * `apache-arrow`, which need not be ours. Vectors are a column of FixedSizeList, or of List where all
 * have one length, of floating-point or 8-bit numbers.
 */
export interface ArrowBatch {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string }[] }
  getChild(name: string): ArrowColumn | null
}

export interface ArrowColumn {
  readonly data: readonly ArrowData[]
}

export interface ArrowData {
  readonly type: { readonly typeId: number }
  readonly length: number
  readonly nullCount: number
  readonly values?: unknown
  readonly valueOffsets?: unknown
  readonly children: readonly ArrowData[]
}

export interface ArrowVectors {
  readonly dimension: number
  readonly elementType: ElementType
  readonly arrays: readonly VectorArray[]
}

/** Of Arrow's `Type`. */
const typeIds = { int: 2, float: 3, list: 12, fixedSizeList: 16 } as const

export function isArrowBatch(value: unknown): value is ArrowBatch {
  if (typeof value !== 'object' || value === null) return false
  return 'numRows' in value && 'schema' in value && 'getChild' in value
}

/** The vectors of a batch; shares its memory. Throws INVALID_ARGUMENT for what are none. */
export function readArrowBatch(batch: ArrowBatch, column: string | undefined): ArrowVectors {
  const name = column ?? firstListColumn(batch)
  const found = batch.getChild(name)
  if (found === null) throw invalid(`Cannot take vectors from column ${name}: there is none`)
  const chunks = found.data.filter((data) => data.length > 0).map((data) => readChunk(data, name))
  const dimension = chunks[0]?.dimension ?? listSizeOf(found.data[0]?.type)
  const odd = chunks.find((chunk) => chunk.dimension !== dimension)
  if (odd !== undefined) {
    throw invalid(
      `Cannot take column ${name}: its vectors are of ${dimension} and ${odd.dimension}`,
    )
  }
  return { dimension, elementType: 'float32', arrays: chunks.map((chunk) => chunk.array) }
}

function firstListColumn(batch: ArrowBatch): string {
  const names = batch.schema.fields.map((field) => field.name)
  const isList = (name: string): boolean => {
    const typeId = batch.getChild(name)?.data[0]?.type.typeId
    return typeId === typeIds.list || typeId === typeIds.fixedSizeList
  }
  const found = names.find(isList)
  if (found !== undefined) return found
  throw invalid(`Cannot take vectors from columns ${names.join(', ')}: none is of lists`)
}

interface Chunk {
  readonly dimension: number
  readonly array: VectorArray
}

function readChunk(data: ArrowData, name: string): Chunk {
  const [child] = data.children
  if (data.nullCount > 0 || (child?.nullCount ?? 0) > 0) {
    throw invalid(`Cannot take column ${name}: it has nulls`)
  }
  const values = child?.values
  if (!isNumbers(values) || !isNumeric(child?.type.typeId)) {
    throw invalid(`Cannot take column ${name}: its elements are no numbers`)
  }
  const { from, dimension } =
    data.type.typeId === typeIds.fixedSizeList
      ? { from: 0, dimension: listSizeOf(data.type) }
      : listBounds(data, name)
  const to = from + data.length * dimension
  if (to > values.length) throw invalid(`Cannot take column ${name}: its values are too few`)
  return { dimension, array: values.subarray(from, to) }
}

/** Lists of one length lie one after another, as if they were of fixed size. */
function listBounds(data: ArrowData, name: string): { from: number; dimension: number } {
  const offsets = data.valueOffsets
  if (!(offsets instanceof Int32Array) || offsets.length <= data.length) {
    throw invalid(`Cannot take column ${name}: it is not of lists`)
  }
  const from = offsets[0] ?? 0
  const dimension = (offsets[1] ?? 0) - from
  for (let row = 0; row < data.length; row++) {
    const length = (offsets[row + 1] ?? 0) - (offsets[row] ?? 0)
    if (length !== dimension) {
      throw invalid(`Cannot take column ${name}: row ${row} has ${length} elements of ${dimension}`)
    }
  }
  return { from, dimension }
}

function listSizeOf(type: ArrowData['type'] | undefined): number {
  const size: unknown = type !== undefined && 'listSize' in type ? type.listSize : undefined
  return typeof size === 'number' ? size : 0
}

function isNumeric(typeId: number | undefined): boolean {
  return typeId === typeIds.float || typeId === typeIds.int
}

/** Half-precision numbers come as Uint16Array, and so do whole ones: only the type tells. */
function isNumbers(values: unknown): values is VectorArray {
  return (
    values instanceof Float32Array ||
    values instanceof Float64Array ||
    values instanceof Int8Array ||
    values instanceof Uint8Array
  )
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
