import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { seedOfRun } from '../support/seeds.ts'
import { CatalogServer, requireSuccess } from './catalog-server.ts'

const seed = seedOfRun()
const random = seededRandom(seed)
const collection_name = 'grouped'
const kinds = ['kite', 'hawk', 'é']
const refused = { error_code: 'IllegalArgument', code: 1100 }

interface Row {
  readonly id: number
  readonly kind: string
  readonly small: number
  readonly large: string
  readonly rate: number
  readonly maybe: number | null
}

const rows: readonly Row[] = Array.from({ length: 300 }, (_, id) => ({
  id,
  kind: kinds[random.below(kinds.length)] ?? '',
  small: random.below(5) - 2,
  large: String(9_007_199_254_740_993n + BigInt(random.below(1000))),
  rate: random.below(1000) / 8,
  maybe: random.below(3) === 0 ? null : random.below(100),
}))

function grouped(key: (row: Row) => string): ReadonlyMap<string, readonly Row[]> {
  return Map.groupBy(rows, key)
}

describe(`queries, with seed ${seed}`, () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    requireSuccess(
      await server.client.createCollection({
        collection_name,
        fields: [
          { name: 'id', data_type: DataType.Int64, is_primary_key: true },
          { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
          { name: 'kind', data_type: DataType.VarChar, max_length: 20 },
          { name: 'small', data_type: DataType.Int8 },
          { name: 'large', data_type: DataType.Int64 },
          { name: 'rate', data_type: DataType.Double },
          { name: 'maybe', data_type: DataType.Int32, nullable: true },
          { name: 'object', data_type: DataType.JSON, nullable: true },
        ],
      }),
    )
    requireSuccess(await server.client.createIndex({ collection_name, field_name: 'vector' }))
    await server.client.loadCollectionSync({ collection_name })
    // Some in a file, some in memory, and one that is deleted.
    const insert = async (part: readonly Row[]): Promise<void> => {
      const data = part.map((row) => ({ ...row, vector: [row.id, 1], object: null }))
      requireSuccess((await server.client.insert({ collection_name, data })).status)
    }
    await insert(rows.slice(0, 200))
    await insert([{ ...(rows[0] ?? fail()), id: 1000 }])
    await server.client.flushSync({ collection_names: [collection_name] })
    await insert(rows.slice(200))
    requireSuccess((await server.client.delete({ collection_name, ids: [1000] })).status)
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const query = (request: object) =>
    server.client.query({ collection_name, filter: '', ...request })

  it('group rows and compute what they come to', async () => {
    const { status, data } = await query({
      group_by_fields: ['kind'],
      output_fields: [
        'kind',
        'count(*)',
        'count(maybe)',
        'sum(small)',
        'sum(large)',
        'sum(rate)',
        'avg(small)',
        'min(large)',
        'max(maybe)',
        'min(kind)',
      ],
    })
    requireSuccess(status)
    const expected = Array.from(
      grouped(({ kind }) => kind),
      ([kind, of]) => {
        const some = of.flatMap(({ maybe }) => (maybe === null ? [] : [maybe]))
        const sum = of.reduce((total, { small }) => total + small, 0)
        const larges = of.map(({ large }) => BigInt(large)).toSorted((a, b) => (a < b ? -1 : 1))
        return {
          kind,
          'count(*)': String(of.length),
          'count(maybe)': String(some.length),
          'sum(small)': String(sum),
          'sum(large)': String(larges.reduce((total, large) => total + large, 0n)),
          'sum(rate)': of.reduce((total, { rate }) => total + rate, 0),
          'avg(small)': sum / of.length,
          'min(large)': String(larges[0]),
          'max(maybe)': Math.max(...some),
          'min(kind)': kind,
        }
      },
    )
    const byKind = (left: { kind?: unknown }, right: { kind?: unknown }): number =>
      String(left.kind) < String(right.kind) ? -1 : 1
    expect(data.toSorted(byKind)).toEqual(expected.toSorted(byKind))
  })

  it('group by several fields, null among their values, in an order', async () => {
    const { data } = await query({
      group_by_fields: ['kind', 'maybe'],
      output_fields: ['kind', 'maybe', 'count(*)'],
      order_by_fields: [{ field: 'count(*)', order: 'desc' }, 'kind', 'maybe'],
      limit: 10,
    })
    const groups = Array.from(grouped(({ kind, maybe }) => `${kind}/${maybe}`).values(), (of) => ({
      kind: of[0]?.kind ?? '',
      maybe: of[0]?.maybe ?? null,
      'count(*)': String(of.length),
    }))
    const bytes = (text: string) => Buffer.from(text)
    const expected = groups.toSorted(
      (left, right) =>
        Number(right['count(*)']) - Number(left['count(*)']) ||
        Buffer.compare(bytes(left.kind), bytes(right.kind)) ||
        (left.maybe ?? 1000) - (right.maybe ?? 1000),
    )
    expect(data).toEqual(expected.slice(0, 10))
  })

  it('compute over all rows that pass, also when none does', async () => {
    const output_fields = ['count(*)', 'max(small)', 'sum(maybe)']
    const some = await query({ output_fields, filter: 'id < 10' })
    const first = rows.slice(0, 10)
    const sum = first.reduce((total, { maybe }) => total + (maybe ?? 0), 0)
    expect(some.data).toEqual([
      {
        'count(*)': '10',
        'max(small)': Math.max(...first.map(({ small }) => small)),
        'sum(maybe)': first.every(({ maybe }) => maybe === null) ? null : String(sum),
      },
    ])
    const none = await query({ output_fields, filter: 'id < 0' })
    expect(none.data).toEqual([{ 'count(*)': '0', 'max(small)': null, 'sum(maybe)': null }])
    const noGroups = await query({
      group_by_fields: ['kind'],
      output_fields: ['kind', 'count(*)'],
      filter: 'id < 0',
    })
    expect(noGroups.data).toEqual([])
  })

  it.each<[string, string[], (left: Row, right: Row) => number]>([
    ['one field', ['rate'], (left, right) => left.rate - right.rate],
    ['one field, the other way', ['rate:desc'], (left, right) => right.rate - left.rate],
    [
      'text, then numbers the other way',
      ['kind:asc', 'small:desc'],
      (left, right) =>
        Buffer.compare(Buffer.from(left.kind), Buffer.from(right.kind)) || right.small - left.small,
    ],
    ['nulls last', ['maybe'], (left, right) => (left.maybe ?? 1000) - (right.maybe ?? 1000)],
    [
      'nulls first',
      ['maybe:desc:nulls_first'],
      (left, right) => (right.maybe ?? 1000) - (left.maybe ?? 1000),
    ],
  ])('put rows in the order of %s, then of their keys', async (_, order_by_fields, compare) => {
    const sorted = rows.toSorted((left, right) => compare(left, right) || left.id - right.id)
    const expected = sorted.slice(7, 27).map(({ id }) => String(id))
    const { status, data } = await query({
      order_by_fields,
      limit: 20,
      offset: 7,
      output_fields: ['id'],
    })
    requireSuccess(status)
    expect(data.map(({ id }) => String(id))).toEqual(expected)
  })

  it.each<[string, object, string]>([
    [
      'a group that is not returned',
      { group_by_fields: ['kind'], output_fields: ['count(*)'] },
      'must be in output_fields',
    ],
    [
      'rows among groups',
      { output_fields: ['id', 'count(*)'] },
      'neither grouped by nor aggregated',
    ],
    ['a sum of texts', { output_fields: ['sum(kind)'] }, 'sum does not support field kind'],
    ['a maximum of objects', { output_fields: ['max(object)'] }, 'does not support field object'],
    [
      'groups of vectors',
      { group_by_fields: ['vector'], output_fields: ['vector'] },
      'does not support field vector',
    ],
    ['a call that is none', { output_fields: ['COUNT(id)'], limit: 1 }, 'not exist'],
    ['a sum of everything', { output_fields: ['sum(*)'] }, 'sum is of a field'],
    ['an unknown field', { output_fields: ['avg(nothing)'] }, 'field nothing not exist'],
    [
      'an order of objects',
      { order_by_fields: ['object'], limit: 1, output_fields: ['id'] },
      'does not support field object',
    ],
    [
      'no order',
      { order_by_fields: ['rate:up'], limit: 1, output_fields: ['id'] },
      'field:asc|desc',
    ],
  ])('refuse %s', async (_, request, reason) => {
    const { status } = await query(request)
    expect(status).toMatchObject(refused)
    expect(status.reason).toContain(reason)
  })
})

function fail(): never {
  throw new Error('there are rows')
}
