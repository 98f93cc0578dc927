import { ElanusError } from '../base/errors.ts'
import type { ElementType } from '../schema/element-type.ts'
import type { VectorArray } from './vector-source.ts'

/**
 * Arrow data by its shape, not by its class: a record batch or a table of the caller's own version of
 * `apache-arrow`, which need not be ours. Vectors are a column of FixedSizeList, or of List where all
 * have one length, of floating-point or 8-bit numbers; or of FixedSizeBinary: binary vectors.
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
  readonly type: ArrowType
  readonly length: number
  readonly nullCount: number
  readonly values?: unknown
  readonly valueOffsets?: unknown
  readonly children: readonly ArrowData[]
}

/** `listSize` of a FixedSizeList, `byteWidth` of FixedSizeBinary, `precision` of floating-point. */
export interface ArrowType {
  readonly typeId: number
  readonly listSize?: unknown
  readonly byteWidth?: unknown
  readonly precision?: unknown
}

export interface ArrowVectors {
  readonly dimension: number
  readonly elementType: ElementType
  readonly arrays: readonly VectorArray[]
}

/** Of Arrow's `Type`. */
const typeIds = { int: 2, float: 3, list: 12, fixedSizeBinary: 15, fixedSizeList: 16 } as const
const halfPrecision = 0
const vectorTypeIds: readonly number[] = [
  typeIds.list,
  typeIds.fixedSizeList,
  typeIds.fixedSizeBinary,
]

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
  const type = found.data[0]?.type
  const dimension = chunks[0]?.dimension ?? (type === undefined ? 0 : dimensionOf(type))
  const odd = chunks.find((chunk) => chunk.dimension !== dimension)
  if (odd !== undefined) {
    throw invalid(
      `Cannot take column ${name}: its vectors are of ${dimension} and ${odd.dimension}`,
    )
  }
  const elementType = chunks[0]?.elementType ?? 'float32'
  return { dimension, elementType, arrays: chunks.map((chunk) => chunk.array) }
}

function firstListColumn(batch: ArrowBatch): string {
  const names = batch.schema.fields.map((field) => field.name)
  const isList = (name: string): boolean => {
    const typeId = batch.getChild(name)?.data[0]?.type.typeId
    return typeId !== undefined && vectorTypeIds.includes(typeId)
  }
  const found = names.find(isList)
  if (found !== undefined) return found
  throw invalid(`Cannot take vectors from columns ${names.join(', ')}: none is of lists`)
}

interface Chunk {
  readonly dimension: number
  readonly elementType: ElementType
  readonly array: VectorArray
}

function readChunk(data: ArrowData, name: string): Chunk {
  const [child] = data.children
  if (data.nullCount > 0 || (child?.nullCount ?? 0) > 0) {
    throw invalid(`Cannot take column ${name}: it has nulls`)
  }
  if (data.type.typeId === typeIds.fixedSizeBinary) return readBinary(data, name)
  const values = child?.values
  if (child === undefined || !isNumbers(values, child.type)) {
    throw invalid(`Cannot take column ${name}: its elements are no numbers`)
  }
  const { from, dimension } =
    data.type.typeId === typeIds.fixedSizeList
      ? { from: 0, dimension: dimensionOf(data.type) }
      : listBounds(data, name)
  const array = cut(values, from, data.length * dimension, name)
  return { dimension, elementType: elementTypeOf(child.type, array), array }
}

function readBinary(data: ArrowData, name: string): Chunk {
  const { values, type, length } = data
  if (!(values instanceof Uint8Array)) throw invalid(`Cannot take column ${name}: it has no bytes`)
  const dimension = dimensionOf(type)
  const array = cut(values, 0, (length * dimension) / 8, name)
  return { dimension, elementType: 'binary', array }
}

function cut(values: VectorArray, from: number, length: number, name: string): VectorArray {
  if (from + length <= values.length) return values.subarray(from, from + length)
  throw invalid(`Cannot take column ${name}: its values are too few`)
}

function elementTypeOf(type: ArrowType, values: VectorArray): ElementType {
  if (type.typeId === typeIds.float && type.precision === halfPrecision) return 'float16'
  return values instanceof Int8Array ? 'int8' : 'float32'
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

/** Zero for lists of any length. */
function dimensionOf({ listSize, byteWidth }: ArrowType): number {
  if (typeof listSize === 'number') return listSize
  return typeof byteWidth === 'number' ? byteWidth * 8 : 0
}

/** A Uint16Array is of halves or of whole numbers: the type tells. */
function isNumbers(values: unknown, type: ArrowType): values is VectorArray {
  const isHalf = type.typeId === typeIds.float && type.precision === halfPrecision
  if (values instanceof Uint16Array) return isHalf
  const isNumeric = type.typeId === typeIds.float || type.typeId === typeIds.int
  return isNumeric && numberArrays.some((ArrayClass) => values instanceof ArrayClass)
}

const numberArrays = [Float32Array, Float64Array, Int8Array, Uint8Array] as const

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
