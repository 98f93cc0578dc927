import { ElanusError } from '../base/errors.ts'
import { type ElementType, elementTypes } from '../schema/element-type.ts'
import { toBfloat16, toFloat16 } from './half.ts'
import type { VectorArray } from './vector-source.ts'

/** How vectors of an element type are given as arrays, and what of them is kept. */
export interface ElementFormat {
  /** How many items of an array one vector takes. */
  arrayLength(dimension: number): number
  /** The bytes that a store keeps: shared where the array is what is stored. */
  bytesOf(elements: ArrayLike<number>): Uint8Array
  /** What is stored as an array again, from bytes of their own. */
  arrayOf(bytes: Uint8Array): VectorArray
}

const each = (dimension: number): number => dimension

/**
 *     float32            numbers of any array
 *     float16, bfloat16  the bits in a Uint16Array (or a Float16Array), or numbers that are rounded
 *     int8               an Int8Array, or whole numbers from -128 to 127
 *     binary             a Uint8Array, eight elements a byte, lowest bit first
 */
export const elementFormats: Readonly<Record<ElementType, ElementFormat>> = {
  float32: {
    arrayLength: each,
    bytesOf: (elements) =>
      viewOf(elements instanceof Float32Array ? elements : Float32Array.from(elements)),
    arrayOf: (bytes) => new Float32Array(alone(bytes)),
  },
  float16: {
    arrayLength: each,
    bytesOf: (elements) => (isHalfBits(elements) ? viewOf(elements) : viewOf(toFloat16(elements))),
    arrayOf: (bytes) => new Uint16Array(alone(bytes)),
  },
  bfloat16: {
    arrayLength: each,
    bytesOf: (elements) =>
      viewOf(elements instanceof Uint16Array ? elements : toBfloat16(elements)),
    arrayOf: (bytes) => new Uint16Array(alone(bytes)),
  },
  int8: {
    arrayLength: each,
    bytesOf: (elements) => viewOf(elements instanceof Int8Array ? elements : toInt8(elements)),
    arrayOf: (bytes) => new Int8Array(alone(bytes)),
  },
  binary: {
    arrayLength: (dimension) => dimension / 8,
    bytesOf(elements) {
      if (elements instanceof Uint8Array) return elements
      throw invalid('Cannot take binary vectors from anything but a Uint8Array')
    },
    arrayOf: (bytes) => new Uint8Array(alone(bytes)),
  },
}

/** The element type that an array's class tells by itself. */
export function elementTypeOf(elements: unknown): ElementType {
  if (elements instanceof Int8Array) return 'int8'
  return isFloat16Array(elements) ? 'float16' : 'float32'
}

/** Throws INVALID_ARGUMENT. */
export function parseElementType(name: string): ElementType {
  const found = elementTypes.find((known) => known === name)
  if (found !== undefined) return found
  throw invalid(`Cannot take vectors of ${name}: elements are one of ${elementTypes.join(', ')}`)
}

function isHalfBits(elements: unknown): elements is NodeJS.ArrayBufferView {
  return elements instanceof Uint16Array || isFloat16Array(elements)
}

/** Known by its name: not every runtime that we run on has the class. */
function isFloat16Array(elements: unknown): boolean {
  return Object.prototype.toString.call(elements) === '[object Float16Array]'
}

function toInt8(elements: ArrayLike<number>): Int8Array {
  return Int8Array.from(elements, (value) => {
    if (Number.isInteger(value) && value >= -128 && value <= 127) return value
    throw invalid(`Cannot take ${value} as an int8 element: it is a whole number from -128 to 127`)
  })
}

function viewOf(array: NodeJS.ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function alone(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
