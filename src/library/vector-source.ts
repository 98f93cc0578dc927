import { setImmediate } from 'node:timers/promises'
import { ElanusError } from '../base/errors.ts'
import { mib } from '../base/units.ts'
import { type ElementType, vectorSizeBytes } from '../schema/element-type.ts'
import { type ArrowBatch, isArrowBatch, readArrowBatch } from './arrow-batch.ts'
import { elementFormats, elementTypeOf } from './element-format.ts'

/**
 * Vectors one after another: `dimension` elements each, as many as there are. They are taken as
 * numbers and stored as what `elementType` says; a Uint16Array of float16 or bfloat16 has their bits,
 * and a Uint8Array of binary vectors eight elements a byte.
 */
export type VectorArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array

/** One vector, as numbers. */
export type VectorNumbers = readonly number[]

/** Some of the vectors: an array of them, one vector, or an Arrow record batch or table. */
export type VectorBatch = VectorArray | VectorNumbers | ArrowBatch

/** Where vectors come from: all at once, or batch after batch. */
export type VectorSource =
  | VectorArray
  | ArrowBatch
  | Iterable<VectorBatch>
  | AsyncIterable<VectorBatch>
  | VectorFile

/** Vectors in a file, which says what they are; `readVectors` opens one. */
export interface VectorFile extends AsyncIterable<VectorArray> {
  readonly path: string
  readonly dimension: number
  readonly elementType: ElementType
  /** Undefined where the file does not say before its end. */
  readonly rowCount: number | undefined
}

export interface SourceOptions {
  /** Elements of a vector; bits of a binary one. Arrow batches and files say it themselves. */
  readonly dimension?: number | undefined
  /** What is stored: float32 unless given, int8 for an Int8Array, float16 for a Float16Array. */
  readonly elementType?: ElementType | undefined
  /** The column of Arrow batches that has the vectors: the first that could, unless given. */
  readonly column?: string | undefined
}

/** A source whose first batch was looked at. */
export interface OpenSource {
  readonly dimension: number
  readonly elementType: ElementType
  readonly rowCount: number | undefined
  /** Whole rows, as a store takes them. The bytes may be overwritten when the next are asked for. */
  readonly batches: AsyncIterable<RowBytes>
  /** For a source that is not read after all. */
  close(): Promise<void>
}

export interface RowBytes {
  readonly bytes: Uint8Array
  readonly rowCount: number
}

/** What is appended between two turns of the event loop. */
const stepBytesMax = 16 * mib

/** Throws INVALID_ARGUMENT for what cannot be vectors. */
export async function openSource(
  source: VectorSource,
  options: SourceOptions,
): Promise<OpenSource> {
  const { first, rest } = await startOf(source)
  const close = async (): Promise<void> => {
    await rest?.return?.()
  }
  try {
    const shape = shapeOf(source, first, options)
    checkShape(shape)
    return { ...shape, batches: rowsOf(first, rest, { ...options, ...shape }), close }
  } catch (error) {
    await close()
    throw error
  }
}

function checkShape({ dimension, elementType }: Shape): void {
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw invalid(`Cannot take vectors of dimension ${dimension}: it is a whole number from 1 on`)
  }
  if (elementType === 'binary' && dimension % 8 !== 0) {
    throw invalid(`Cannot take binary vectors of ${dimension} bits: they are whole bytes`)
  }
}

interface Start {
  readonly first: VectorBatch | undefined
  readonly rest: AsyncIterator<VectorBatch> | Iterator<VectorBatch> | undefined
}

async function startOf(source: VectorSource): Promise<Start> {
  if (isWhole(source)) return { first: source, rest: undefined }
  const rest = iteratorOf(source)
  const next = await rest.next()
  return { first: next.done === true ? undefined : next.value, rest }
}

function isWhole(source: VectorSource): source is VectorArray | ArrowBatch {
  return ArrayBuffer.isView(source) || isArrowBatch(source)
}

function iteratorOf(
  source: Iterable<VectorBatch> | AsyncIterable<VectorBatch>,
): AsyncIterator<VectorBatch> | Iterator<VectorBatch> {
  if (typeof source !== 'object' || source === null) {
    throw invalid(`Cannot take vectors from ${String(source)}: it is no array of them`)
  }
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]()
  if (Symbol.iterator in source) return source[Symbol.iterator]()
  throw invalid('Cannot take vectors from an object that gives none')
}

interface Shape {
  readonly dimension: number
  readonly elementType: ElementType
  readonly rowCount: number | undefined
}

function shapeOf(
  source: VectorSource,
  first: VectorBatch | undefined,
  options: SourceOptions,
): Shape {
  if (isVectorFile(source)) {
    const { dimension, rowCount } = source
    checkDimension(options.dimension, dimension)
    return { dimension, elementType: options.elementType ?? source.elementType, rowCount }
  }
  if (isArrowBatch(first)) {
    const { dimension, elementType } = readArrowBatch(first, options.column)
    checkDimension(options.dimension, dimension)
    const rowCount = first === source ? first.numRows : undefined
    return { dimension, elementType: options.elementType ?? elementType, rowCount }
  }
  const elementType = options.elementType ?? elementTypeOf(first)
  const { dimension } = options
  if (dimension === undefined) {
    throw invalid('Cannot take vectors of no dimension: say how many elements each has')
  }
  const isArray = ArrayBuffer.isView(source) && dimension > 0
  const perRow = isArray ? source.length / elementFormats[elementType].arrayLength(dimension) : 0
  return { dimension, elementType, rowCount: isArray ? Math.floor(perRow) : undefined }
}

function checkDimension(given: number | undefined, found: number): void {
  if (given === undefined || given === found) return
  throw invalid(`Cannot take vectors of dimension ${found} as ones of ${given}`)
}

function isVectorFile(source: VectorSource): source is VectorFile {
  return typeof source === 'object' && 'path' in source && 'elementType' in source
}

async function* rowsOf(
  first: VectorBatch | undefined,
  rest: Start['rest'],
  shape: SourceOptions & Shape,
): AsyncGenerator<RowBytes> {
  try {
    let batch = first
    while (batch !== undefined) {
      yield* stepsOf(batch, shape)
      const next = await rest?.next()
      batch = next === undefined || next.done === true ? undefined : next.value
    }
  } finally {
    await rest?.return?.()
  }
}

/** A batch in steps, so that a large one does not keep the event loop from its other work. */
async function* stepsOf(
  batch: VectorBatch,
  shape: SourceOptions & Shape,
): AsyncGenerator<RowBytes> {
  const { dimension, elementType, column } = shape
  const format = elementFormats[elementType]
  const rowLength = format.arrayLength(dimension)
  const stepRows = Math.max(1, Math.floor(stepBytesMax / vectorSizeBytes(elementType, dimension)))
  for (const array of arraysOf(batch, column, dimension)) {
    const rowCount = array.length / rowLength
    if (!Number.isInteger(rowCount)) {
      throw invalid(`Cannot take ${array.length} elements as vectors of ${rowLength}`)
    }
    for (let from = 0; from < rowCount; from += stepRows) {
      const to = Math.min(rowCount, from + stepRows)
      const bytes = format.bytesOf(partOf(array, from * rowLength, to * rowLength))
      yield { bytes, rowCount: to - from }
      if (to < rowCount) await setImmediate()
    }
  }
}

type Elements = VectorArray | VectorNumbers

function partOf(elements: Elements, from: number, to: number): Elements {
  return ArrayBuffer.isView(elements) ? elements.subarray(from, to) : elements.slice(from, to)
}

function arraysOf(
  batch: VectorBatch,
  column: string | undefined,
  dimension: number,
): readonly Elements[] {
  if (isArrowBatch(batch)) {
    const found = readArrowBatch(batch, column)
    checkDimension(dimension, found.dimension)
    return found.arrays
  }
  if (ArrayBuffer.isView(batch) || Array.isArray(batch)) return [batch]
  throw invalid(`Cannot take ${String(batch)} as vectors`)
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
