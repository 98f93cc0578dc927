import { limits } from '../../base/limits.ts'
import type { VectorFile } from '../vector-source.ts'
import { countRecords, readRecords, readStart, unreadable } from './file-chunks.ts'
import { type NumberFormat, numberFormats } from './number-format.ts'

const headBytes = Int32Array.BYTES_PER_ELEMENT

/**
 * fvecs and bvecs, the formats of the TEXMEX corpora (corpus-texmex.irisa.fr): each row is its
 * dimension, an int32, and then so many numbers.
 */
export async function openVecsFile(path: string, format: NumberFormat): Promise<VectorFile> {
  const { start, sizeBytes } = await readStart(path, headBytes)
  if (start.length < headBytes) throw unreadable(path, 'it has not one vector')
  const dimension = dimensionAt(start, 0)
  if (dimension < 1 || dimension > limits.dimensionMax) {
    throw unreadable(path, `its first vector would have ${dimension} elements`)
  }
  const { arrayOf, elementType, rowBytes } = numberFormats[format]
  const recordBytes = headBytes + rowBytes(dimension)
  const recordCount = countRecords(path, sizeBytes, { offset: 0, recordBytes })
  const range = { offset: 0, recordBytes, recordCount }
  return {
    path,
    dimension,
    elementType,
    rowCount: recordCount,
    async *[Symbol.asyncIterator]() {
      let row = 0
      for await (const records of readRecords(path, range)) {
        const bodies = new Uint8Array((records.length / recordBytes) * rowBytes(dimension))
        for (let at = 0; at < records.length; at += recordBytes, row++) {
          const found = dimensionAt(records, at)
          if (found !== dimension) throw unreadable(path, `row ${row} is of ${found} elements`)
          const body = records.subarray(at + headBytes, at + recordBytes)
          bodies.set(body, (at / recordBytes) * rowBytes(dimension))
        }
        yield arrayOf(bodies.buffer)
      }
    },
  }
}

function dimensionAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset, true)
}
