import { present } from '../../../src/base/assert.ts'
import type { FieldId } from '../../../src/base/int64.ts'
import type {
  ColumnSource,
  FilterColumn,
  ScalarColumn,
} from '../../../src/expression/column-source.ts'
import type { Json, SampleRow } from './sample-schema.ts'
import { sampleSchema } from './sample-schema.ts'

/** Rows as the columns that a filter reads; `spaces` says where JSON text gets white space. */
export function columnsOf(rows: readonly SampleRow[], spaces = ''): ColumnSource {
  const columns: Readonly<Record<keyof SampleRow, FilterColumn>> = {
    id: { type: 'Int64', values: BigInt64Array.from(rows, (row) => row.id) },
    flag: withNulls(rows, 'flag', {
      type: 'Bool',
      values: Uint8Array.from(rows, (row) => Number(row.flag ?? false)),
    }),
    tiny: withNulls(rows, 'tiny', {
      type: 'Int8',
      values: Int8Array.from(rows, (row) => row.tiny ?? 0),
    }),
    short: withNulls(rows, 'short', {
      type: 'Int16',
      values: Int16Array.from(rows, (row) => row.short ?? 0),
    }),
    count: withNulls(rows, 'count', {
      type: 'Int32',
      values: Int32Array.from(rows, (row) => row.count ?? 0),
    }),
    big: withNulls(rows, 'big', {
      type: 'Int64',
      values: BigInt64Array.from(rows, (row) => row.big ?? 0n),
    }),
    ratio: withNulls(rows, 'ratio', {
      type: 'Float',
      values: Float32Array.from(rows, (row) => row.ratio ?? 0),
    }),
    price: withNulls(rows, 'price', {
      type: 'Double',
      values: Float64Array.from(rows, (row) => row.price ?? 0),
    }),
    title: withNulls(rows, 'title', textColumn(rows.map((row) => row.title ?? ''))),
    meta: withNulls(
      rows,
      'meta',
      jsonColumn(
        rows.map((row) => row.meta ?? null),
        spaces,
      ),
    ),
    $meta: withNulls(
      rows,
      '$meta',
      jsonColumn(
        rows.map((row) => row.$meta ?? null),
        spaces,
      ),
    ),
    numbers: arrayColumn(rows, 'numbers', {
      type: 'Int32',
      values: Int32Array.from(rows.flatMap((row) => row.numbers ?? [])),
    }),
    bigs: arrayColumn(rows, 'bigs', {
      type: 'Int64',
      values: BigInt64Array.from(rows.flatMap((row) => row.bigs ?? [])),
    }),
    words: arrayColumn(rows, 'words', textColumn(rows.flatMap((row) => row.words ?? []))),
    floats: arrayColumn(rows, 'floats', {
      type: 'Float',
      values: Float32Array.from(rows.flatMap((row) => row.floats ?? [])),
    }),
  }
  const byId = new Map<FieldId, FilterColumn>()
  for (const [name, column] of Object.entries(columns)) {
    byId.set(present(sampleSchema.fields.get(name), 'a sample column has a field').id, column)
  }
  return { column: (fieldId) => present(byId.get(fieldId), 'a filter asks for known fields') }
}

function withNulls(
  rows: readonly SampleRow[],
  name: keyof SampleRow,
  column: FilterColumn,
): FilterColumn {
  const validity = new Uint8Array(Math.ceil(rows.length / 8))
  for (const [i, row] of rows.entries()) {
    if (row[name] !== undefined) validity[i >> 3] = (validity[i >> 3] ?? 0) | (1 << (i & 7))
  }
  return { ...column, validity }
}

function textColumn(texts: readonly string[]) {
  const parts = texts.map((text) => Buffer.from(text))
  return {
    type: 'VarChar',
    bytes: new Uint8Array(Buffer.concat(parts)),
    offsets: offsetsOf(parts),
  } as const
}

function jsonColumn(values: readonly Json[], spaces: string) {
  return { ...textColumn(values.map((value) => jsonTextOf(value, spaces))), type: 'JSON' } as const
}

function arrayColumn(
  rows: readonly SampleRow[],
  name: 'numbers' | 'bigs' | 'words' | 'floats',
  elements: ScalarColumn,
): FilterColumn {
  const offsets = offsetsOf(rows.map((row) => row[name] ?? []))
  return withNulls(rows, name, { type: 'Array', offsets, elements })
}

function offsetsOf(parts: readonly { readonly length: number }[]): Uint32Array {
  const offsets = new Uint32Array(parts.length + 1)
  let end = 0
  for (const [i, { length }] of parts.entries()) {
    end += length
    offsets[i + 1] = end
  }
  return offsets
}

/** JSON with whole bigints, as other languages write it, and with space wherever it may be. */
function jsonTextOf(value: Json, spaces: string): string {
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) {
    const elements = value.map((element) => spaces + jsonTextOf(element, spaces) + spaces)
    return `[${elements.join(',') || spaces}]`
  }
  const members = Object.entries(value).map(
    ([key, member]) =>
      `${spaces}${JSON.stringify(key)}${spaces}:${spaces}${jsonTextOf(member, spaces)}${spaces}`,
  )
  return `${spaces}{${members.join(',') || spaces}}${spaces}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
