import { ElanusError } from '../base/errors.ts'
import type { VectorArray } from './vector-source.ts'

/** What a vector's elements may be. */
export const elementTypeNames = ['float32'] as const

export type ElementType = (typeof elementTypeNames)[number]

export interface ElementFormat {
  /** How many items of an array, as vectors are given, one vector takes. */
  arrayLength(dimension: number): number
  /** A vector's bytes, as a store keeps them. */
  rowBytes(dimension: number): number
  /** The elements' bytes: shared where they are stored as they were given. */
  bytesOf(elements: ArrayLike<number>): Uint8Array
  /** The elements again, from bytes of their own. */
  arrayOf(bytes: Uint8Array): VectorArray
}

export const elementTypes: Readonly<Record<ElementType, ElementFormat>> = {
  float32: {
    arrayLength: (dimension) => dimension,
    rowBytes: (dimension) => dimension * Float32Array.BYTES_PER_ELEMENT,
    bytesOf: (elements) => {
      const floats = elements instanceof Float32Array ? elements : Float32Array.from(elements)
      return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
    },
    arrayOf: (bytes) => new Float32Array(new Uint8Array(bytes).buffer),
  },
}

/** The element type that an array's class tells; undefined where it does not. */
export function elementTypeOf(_array: unknown): ElementType | undefined {
  return undefined
}

export function rowBytesOf(elementType: ElementType, dimension: number): number {
  return elementTypes[elementType].rowBytes(dimension)
}

/** Throws INVALID_ARGUMENT. */
export function parseElementType(name: string): ElementType {
  const found = elementTypeNames.find((known) => known === name)
  if (found !== undefined) return found
  const message = `Cannot take vectors of ${name}: elements are one of ${elementTypeNames.join(', ')}`
  throw new ElanusError('INVALID_ARGUMENT', message)
}
