import type { VectorFile } from '../vector-source.ts'
import { countRecords, readRecords, readStart, unreadable } from './file-chunks.ts'
import { type NumberFormat, numberFormats } from './number-format.ts'

/** Numbers and nothing else, row after row: the caller says how many a row has. */
export async function openFlatFile(
  path: string,
  format: NumberFormat,
  dimension: number | undefined,
): Promise<VectorFile> {
  if (dimension === undefined) throw unreadable(path, 'it does not say the dimension: give it')
  const { arrayOf, elementType, rowBytes } = numberFormats[format]
  const recordBytes = rowBytes(dimension)
  const { sizeBytes } = await readStart(path, 0)
  const recordCount = countRecords(path, sizeBytes, { offset: 0, recordBytes })
  const range = { offset: 0, recordBytes, recordCount }
  return {
    path,
    dimension,
    elementType,
    rowCount: recordCount,
    async *[Symbol.asyncIterator]() {
      for await (const bytes of readRecords(path, range)) yield arrayOf(bytes.buffer)
    },
  }
}
