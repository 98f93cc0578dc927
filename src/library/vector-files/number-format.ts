import { type ElementType, vectorSizeBytes } from '../../schema/element-type.ts'
import type { VectorArray } from '../vector-source.ts'

/** How a file holds a number, little-endian, and what it becomes. */
export interface NumberFormatFacts {
  readonly elementType: ElementType
  readonly rowBytes: (dimension: number) => number
  readonly arrayOf: (buffer: ArrayBuffer) => VectorArray
}

export const numberFormats = {
  f32: stored('float32', Float32Array),
  f16: stored('float16', Uint16Array),
  bf16: stored('bfloat16', Uint16Array),
  i8: stored('int8', Int8Array),
  bits: stored('binary', Uint8Array),
  // Stored in single precision, which is what distances are computed in.
  f64: numbers(Float64Array),
  u8: numbers(Uint8Array),
} as const satisfies Readonly<Record<string, NumberFormatFacts>>

export type NumberFormat = keyof typeof numberFormats

interface ArrayClass {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer): VectorArray
}

function stored(elementType: ElementType, Elements: ArrayClass): NumberFormatFacts {
  return {
    elementType,
    rowBytes: (dimension) => vectorSizeBytes(elementType, dimension),
    arrayOf: (buffer) => new Elements(buffer),
  }
}

function numbers(Elements: ArrayClass): NumberFormatFacts {
  return {
    elementType: 'float32',
    rowBytes: (dimension) => dimension * Elements.BYTES_PER_ELEMENT,
    arrayOf: (buffer) => new Elements(buffer),
  }
}
