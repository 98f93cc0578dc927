import { tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { int64Max, int64Min, toId } from '../../../src/base/int64.ts'
import type { Column } from '../../../src/schema/row-batch.ts'
import type { BinlogFacts } from '../../../src/storage/binlog-facts.ts'
import type { BinlogColumn } from '../../../src/storage/binlog-header.ts'
import { bitsOf } from '../../support/column-bits.ts'
import { varChars } from '../segment/sample.ts'
import { decode, encode } from './binlog-sample.ts'

const floats = Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3)

const samples: readonly { readonly column: BinlogColumn; readonly values: Column }[] = [
  {
    column: { name: 'a', type: 'Bool' },
    values: { type: 'Bool', values: Uint8Array.of(1, 0, 0, 1, 1, 1, 0, 0, 1) },
  },
  {
    column: { name: 'a', type: 'Int8' },
    values: { type: 'Int8', values: Int8Array.of(-128, 127) },
  },
  {
    column: { name: 'a', type: 'Int16' },
    values: { type: 'Int16', values: Int16Array.of(-32768, 0, 32767) },
  },
  {
    column: { name: 'a', type: 'Int32' },
    values: { type: 'Int32', values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  },
  {
    column: { name: 'a', type: 'Int64' },
    values: {
      type: 'Int64',
      values: BigInt64Array.of(int64Min, int64Max, 9_007_199_254_740_993n, -9_007_199_254_740_993n),
    },
  },
  { column: { name: 'a', type: 'Float' }, values: { type: 'Float', values: floats } },
  {
    column: { name: 'a', type: 'Double' },
    values: { type: 'Double', values: Float64Array.of(Math.PI, Number.NaN, -0, 5e-324) },
  },
  {
    column: { name: 'a', type: 'VarChar', lengthMax: 100 },
    values: varChars(['', 'kite', '鳶', '', '🪁 🪁', '\uFEFFmarked', '\u0000']),
  },
  {
    column: { name: 'a', type: 'FloatVector', dimension: 3 },
    values: { type: 'FloatVector', dimension: 3, bytes: new Uint8Array(floats.buffer) },
  },
  {
    column: { name: 'a', type: 'Float16Vector', dimension: 3 },
    values: { type: 'Float16Vector', dimension: 3, bytes: new Uint8Array(floats.buffer) },
  },
  {
    column: { name: 'a', type: 'BFloat16Vector', dimension: 4 },
    values: { type: 'BFloat16Vector', dimension: 4, bytes: new Uint8Array(floats.buffer) },
  },
  {
    column: { name: 'a', type: 'Int8Vector', dimension: 8 },
    values: { type: 'Int8Vector', dimension: 8, bytes: new Uint8Array(floats.buffer) },
  },
  {
    column: { name: 'a', type: 'BinaryVector', dimension: 64 },
    values: { type: 'BinaryVector', dimension: 64, bytes: new Uint8Array(floats.buffer) },
  },
  {
    column: { name: 'a', type: 'JSON', isNullable: true },
    values: { ...varChars(['{}', '', '{"a":"鳶"}', '1']), type: 'JSON', validity: bits(0b1101) },
  },
  {
    column: { name: 'a', type: 'Array', elementType: 'VarChar' },
    values: {
      type: 'Array',
      offsets: Uint32Array.of(0, 2, 2, 3),
      elements: varChars(['', 'kite', '鳶']),
    },
  },
]

/** What may be missing anywhere, in columns of each plain type. */
const nullables: readonly { readonly column: BinlogColumn; readonly values: Column }[] = [
  {
    column: { name: 'a', type: 'Bool', isNullable: true },
    values: { type: 'Bool', values: new Uint8Array(9).fill(1), validity: bits(0b1, 0b1) },
  },
  {
    column: { name: 'a', type: 'Int64', isNullable: true },
    values: { type: 'Int64', values: BigInt64Array.of(1n, 2n, 3n), validity: bits(0b010) },
  },
  {
    column: { name: 'a', type: 'Double', isNullable: true },
    values: { type: 'Double', values: Float64Array.of(1, 2), validity: bits(0) },
  },
  {
    column: { name: 'a', type: 'Array', elementType: 'Bool', isNullable: true },
    values: {
      type: 'Array',
      offsets: Uint32Array.of(0, 3, 3, 12),
      elements: { type: 'Bool', values: Uint8Array.of(1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1) },
      validity: bits(0b101),
    },
  },
  {
    column: { name: 'a', type: 'VarChar', isNullable: true },
    values: { ...varChars(['all', 'are', 'there']), type: 'VarChar' },
  },
]

function bits(...bytes: readonly number[]): Uint8Array {
  return Uint8Array.from(bytes)
}

describe('a binlog', () => {
  for (const { column, values } of [...samples, ...nullables]) {
    const may = column.isNullable === true ? ' that may be missing' : ''
    it(`keeps ${column.type} values${may} to the bit, in any number of pieces and chunks`, async () => {
      for (const pieces of [[values], [values, values, values]]) {
        const encoded = encode(column, pieces)
        for (const chunkSize of [1, 7, 64, 1_000_000]) {
          const found = await decode(encoded, chunkSize)
          expect(found).toHaveLength(pieces.length)
          for (const piece of found) expect(bitsOf(piece)).toEqual(bitsOf(values))
        }
      }
    })
  }

  it('is a file that others read too', () => {
    const { bytes } = encode({ name: 'large', type: 'Int64' }, [
      { type: 'Int64', values: BigInt64Array.of(1n, int64Max) },
      { type: 'Int64', values: BigInt64Array.of(-3n) },
    ])
    const table = tableFromIPC(bytes)
    expect(table.schema.metadata.get('elanus.row_count')).toBe('3')
    expect(table.schema.metadata.get('elanus.collection_id')).toBe('9007199254740993')
    const values = Array.from({ length: 3 }, (_, row): unknown => table.getChildAt(0)?.get(row))
    expect(values).toEqual([1n, int64Max, -3n])
  })

  it('takes values from the middle of larger arrays', async () => {
    const column = { name: 'a', type: 'VarChar' } as const
    const { offsets, bytes } = varChars(['left', 'kept', 'too', 'right'])
    const encoded = encode(column, [{ type: 'VarChar', offsets: offsets.subarray(1, 4), bytes }])
    expect(bitsOf(present(await decode(encoded)))).toEqual(bitsOf(varChars(['kept', 'too'])))
  })

  it('may hold no rows', async () => {
    expect(await decode(encode({ name: 'a', type: 'Int64' }, []))).toEqual([])
  })

  it('names the object and the fact when it is another one than expected', async () => {
    const column = { name: 'a', type: 'Int64' } as const
    const encoded = encode(column, [{ type: 'Int64', values: BigInt64Array.of(1n) }])
    const { facts } = encoded
    const others: readonly BinlogFacts[] = [
      { ...facts, collectionId: toId(1n) },
      { ...facts, partitionId: toId(1n) },
      { ...facts, segmentId: toId(1n) },
      { ...facts, fieldId: toId(1n) },
      { ...facts, logId: toId(1n) },
      { ...facts, rowCount: 2 },
      { ...facts, timestampFrom: toId(1n) },
      { ...facts, timestampTo: toId(1n) },
      { ...facts, kind: 'delete' },
    ]
    for (const other of others) {
      const decoding = decode({ ...encoded, facts: other })
      await expect(decoding).rejects.toMatchObject({ code: 'CORRUPT' })
      await expect(decoding).rejects.toThrow('insert_log/1/2/3')
    }
  })

  it('refuses values of another type or dimension', async () => {
    for (const { column, values } of samples) {
      const encoded = encode(column, [values])
      for (const { column: other } of samples) {
        if (other.type === column.type) continue
        const decoding = decode({ ...encoded, column: other })
        await expect(decoding, `${column.type} as ${other.type}`).rejects.toMatchObject({
          code: 'CORRUPT',
        })
      }
    }
    const vectors = samples.find(({ column }) => column.type === 'FloatVector')
    const { column, values } = present(vectors ? [vectors] : [])
    const decoding = decode({ ...encode(column, [values]), column: { ...column, dimension: 2 } })
    await expect(decoding).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('refuses nulls where there may be none', async () => {
    for (const { column, values } of nullables) {
      if (!('validity' in values)) continue
      const encoded = encode(column, [values])
      const decoding = decode({ ...encoded, column: { ...column, isNullable: false } })
      await expect(decoding).rejects.toThrow('nulls')
    }
  })

  it('refuses arrays of other elements', async () => {
    const arrays = samples.find(({ column }) => column.type === 'Array')
    const { column, values } = present(arrays ? [arrays] : [])
    const encoded = encode(column, [values])
    const decoding = decode({ ...encoded, column: { ...column, elementType: 'Int8' } })
    await expect(decoding).rejects.toThrow('element_type')
  })

  it('refuses a file of a later format', async () => {
    const encoded = encode({ name: 'a', type: 'Int64' }, [])
    const text = Buffer.from(encoded.bytes).toString('latin1')
    const key = 'elanus.format_version'
    // Flatbuffers keep a string behind its length: the version's only byte is found by it.
    const later = Buffer.from(
      text.replaceAll('\u0001\u0000\u0000\u00002\u0000', '\u0001\u0000\u0000\u00003\u0000'),
      'latin1',
    )
    expect(text).toContain(key)
    await expect(decode({ ...encoded, bytes: later })).rejects.toThrow('format is 3')
  })
})

function present<T>(values: readonly (T | undefined)[]): T {
  const [value] = values
  if (value === undefined) throw new Error('Nothing there')
  return value
}
