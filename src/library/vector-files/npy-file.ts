import { viewOf } from '../../base/bytes.ts'
import { kib } from '../../base/units.ts'
import type { VectorFile } from '../vector-source.ts'
import { countRecords, readRecords, readStart, unreadable } from './file-chunks.ts'
import { type NumberFormat, numberFormats } from './number-format.ts'

/**
 * NumPy's format (numpy.lib.format, versions 1 to 3):
 *
 *     | 0x93 "NUMPY" | major | minor | header size: u16, from version 2 on u32 | header | numbers |
 *
 * The header is a Python dictionary of three keys. Rows must lie one after another (C order).
 */
const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)
const headerBytesMax = 64 * kib

const formats: Readonly<Record<string, NumberFormat>> = {
  '<f4': 'f32',
  '<f2': 'f16',
  '<f8': 'f64',
  '|i1': 'i8',
  '|u1': 'u8',
}

export async function openNpyFile(path: string): Promise<VectorFile> {
  const { start, sizeBytes } = await readStart(path, headerBytesMax)
  const { header, offset } = readHeader(path, start)
  const format = formats[header.descr]
  if (format === undefined) {
    const known = Object.keys(formats).join(', ')
    throw unreadable(path, `its numbers are ${header.descr}, and ${known} are known`)
  }
  if (header.isColumnMajor) throw unreadable(path, 'it is in Fortran order: save it in C order')
  const [rowCount, dimension, ...more] = header.shape
  if (rowCount === undefined || dimension === undefined || dimension === 0 || more.length > 0) {
    throw unreadable(path, `its shape is (${header.shape.join(', ')}), not rows of elements`)
  }
  const { arrayOf, elementType, rowBytes } = numberFormats[format]
  const recordBytes = rowBytes(dimension)
  const recordCount = countRecords(path, sizeBytes, { offset, recordBytes })
  if (recordCount !== rowCount) {
    throw unreadable(path, `it has ${recordCount} rows and says ${rowCount}`)
  }
  return {
    path,
    dimension,
    elementType,
    rowCount,
    async *[Symbol.asyncIterator]() {
      const range = { offset, recordBytes, recordCount }
      for await (const bytes of readRecords(path, range)) yield arrayOf(bytes.buffer)
    },
  }
}

interface NpyHeader {
  readonly descr: string
  readonly isColumnMajor: boolean
  readonly shape: readonly number[]
}

function readHeader(
  path: string,
  start: Uint8Array,
): { readonly header: NpyHeader; readonly offset: number } {
  if (start.length < 12 || !magic.every((byte, at) => start[at] === byte)) {
    throw unreadable(path, 'it is no npy file')
  }
  const isShort = start[6] === 1
  const view = viewOf(start)
  const sizeBytes = isShort ? view.getUint16(8, true) : view.getUint32(8, true)
  const headerStart = isShort ? 10 : 12
  const offset = headerStart + sizeBytes
  if (offset > start.length) throw unreadable(path, `its header would be ${sizeBytes} bytes`)
  const text = new TextDecoder('latin1').decode(start.subarray(headerStart, offset))
  return { header: parseHeader(path, text), offset }
}

/** The dictionary is as NumPy writes it; nothing else of Python is understood. */
function parseHeader(path: string, text: string): NpyHeader {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1]
  if (descr === undefined || order === undefined || shape === undefined) {
    throw unreadable(path, `its header is ${JSON.stringify(text.trim().slice(0, 200))}`)
  }
  const sizes = shape.split(',').filter((part) => part.trim() !== '')
  return { descr, isColumnMajor: order === 'True', shape: sizes.map(Number) }
}
