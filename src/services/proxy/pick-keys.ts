import { findPath, valueEnd } from '../../expression/evaluate/json-scan.ts'
import type { JsonColumn, PlainColumn } from '../../schema/row-batch.ts'

/**
 * Each row's object with these of its keys alone, values byte for byte as they came: a number of
 * many digits stays what it is. A key that a row has not is left out.
 */
export function pickKeys(
  column: JsonColumn & Pick<PlainColumn, 'validity'>,
  keys: readonly string[],
): JsonColumn & Pick<PlainColumn, 'validity'> {
  const wanted = [...new Set(keys)].map((key) => ({
    path: [Buffer.from(key, 'utf8')],
    label: `${JSON.stringify(key)}:`,
  }))
  const parts: Buffer[] = []
  const offsets = new Uint32Array(column.offsets.length)
  for (let row = 0; row + 1 < offsets.length; row += 1) {
    const start = column.offsets[row] ?? 0
    const text = { bytes: column.bytes, end: column.offsets[row + 1] ?? 0 }
    const members = wanted.flatMap(({ path, label }) => {
      const at = findPath(text, start, path)
      return at === -1 ? [] : [label + textOf(column.bytes, at, valueEnd(text, at))]
    })
    const object = Buffer.from(`{${members.join(',')}}`, 'utf8')
    parts.push(object)
    offsets[row + 1] = (offsets[row] ?? 0) + object.length
  }
  return { type: 'JSON', offsets, bytes: Buffer.concat(parts), validity: column.validity }
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', from, to)
}
