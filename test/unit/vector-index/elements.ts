import type { ElementType } from '../../../src/schema/element-type.ts'
import { vectorSizeBytes } from '../../../src/schema/element-type.ts'
import type { Rows } from './vectors.ts'

/** float32 numbers as another element type writes them: rounded, and for bits by their sign. */
export function encodeElements(rows: Rows, elementType: ElementType): Uint8Array<ArrayBuffer> {
  const [first] = rows
  const sizeBytes = vectorSizeBytes(elementType, first?.length ?? 0)
  const bytes = new Uint8Array(sizeBytes * rows.length)
  for (const [index, row] of rows.entries())
    bytes.set(encodeRow(row, elementType), index * sizeBytes)
  return bytes
}

/** What the numbers are once they were written so. */
export function roundElements(rows: Rows, elementType: ElementType): Rows {
  return rows.map((row) => row.map((value) => roundElement(value, elementType)))
}

function roundElement(value: number, elementType: ElementType): number {
  switch (elementType) {
    case 'float32':
      return value
    case 'float16':
      return fromHalf(toHalf(value))
    case 'bfloat16':
      return fromBfloat(toBfloat(value))
    case 'int8':
      return toByte(value)
    case 'binary':
      return value > 0 ? 1 : 0
  }
}

function encodeRow(row: Float32Array, elementType: ElementType): Uint8Array {
  const bytesOf = (array: Int8Array | Uint16Array | Float32Array): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  switch (elementType) {
    case 'float32':
      return bytesOf(row)
    case 'float16':
      return bytesOf(Uint16Array.from(row, toHalf))
    case 'bfloat16':
      return bytesOf(Uint16Array.from(row, toBfloat))
    case 'int8':
      return bytesOf(Int8Array.from(row, toByte))
    case 'binary':
      return Uint8Array.from({ length: row.length / 8 }, (_, byte) =>
        row
          .subarray(8 * byte, 8 * byte + 8)
          .reduce((bits, v, bit) => bits | (v > 0 ? 1 << bit : 0), 0),
      )
  }
}

const toByte = (value: number): number => Math.max(-128, Math.min(127, Math.round(20 * value)))

const floats = new Float32Array(1)
const words = new Uint32Array(floats.buffer)

/** Cut off, not rounded: what bits a test's numbers have does not matter. */
function toBfloat(value: number): number {
  floats[0] = value
  return (words[0] ?? 0) >>> 16
}

function fromBfloat(bits: number): number {
  words[0] = bits << 16
  return floats[0] ?? 0
}

const halves = new Float16Array(1)
const halfWords = new Uint16Array(halves.buffer)

export function toHalf(value: number): number {
  halves[0] = value
  return halfWords[0] ?? 0
}

export function fromHalf(bits: number): number {
  halfWords[0] = bits
  return halves[0] ?? 0
}
