import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { seedOfRun } from '../support/seeds.ts'
import { CatalogServer, requireSuccess, success } from './catalog-server.ts'

const seed = seedOfRun()
const dimension = 16
const rowCount = 200

/** Halves that every one of the types holds exactly, so that distances can be compared. */
const random = seededRandom(seed)
const numbers = Array.from({ length: rowCount + 1 }, () =>
  Array.from({ length: dimension }, () => random.below(17) - 8),
)
const bits = numbers.map((row) => {
  const bytes = new Uint8Array(dimension / 8)
  for (const [bit, number] of row.entries()) {
    if (number > 0) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  return [...bytes]
})

function squaredDistance(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + (value - (right[index] ?? 0)) ** 2, 0)
}

function hamming(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + popCount(value ^ (right[index] ?? 0)), 0)
}

function jaccard(left: readonly number[], right: readonly number[]): number {
  const count = (combine: (one: number, other: number) => number): number =>
    left.reduce((sum, value, index) => sum + popCount(combine(value, right[index] ?? 0)), 0)
  const union = count((one, other) => one | other)
  return union === 0 ? 1 : Math.fround(1 - count((one, other) => one & other) / union)
}

function popCount(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length
}

/** A type, its metric, rows and a query, and what the metric says of two of them. */
const types = [
  ['FloatVector', 'L2', numbers, squaredDistance],
  ['Float16Vector', 'L2', numbers, squaredDistance],
  ['BFloat16Vector', 'L2', numbers, squaredDistance],
  ['Int8Vector', 'L2', numbers, squaredDistance],
  ['BinaryVector', 'HAMMING', bits, hamming],
  ['BinaryVector', 'JACCARD', bits, jaccard],
] as const

const nameOf = (typeName: string, metric: string): string => `vectors_${typeName}_${metric}`

describe(`vectors of every type, with seed ${seed}`, () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
    for (const [typeName, metric_type, vectors] of types) {
      const collection_name = nameOf(typeName, metric_type)
      const created = await server.client.createCollection({
        collection_name,
        fields: [
          { name: 'id', data_type: DataType.Int64, is_primary_key: true },
          { name: 'vector', data_type: DataType[typeName], dim: dimension },
        ],
      })
      requireSuccess(created)
      const index_type = typeName === 'BinaryVector' ? 'BIN_FLAT' : 'FLAT'
      const index = { collection_name, field_name: 'vector', index_type, metric_type }
      requireSuccess(await server.client.createIndex(index))
      await server.client.loadCollectionSync({ collection_name })
      const data = vectors.slice(0, rowCount).map((vector, id) => ({ id, vector: [...vector] }))
      requireSuccess((await server.client.insert({ collection_name, data })).status)
    }
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const collection_names = types.map(([typeName, metric]) => nameOf(typeName, metric))
  const stages = [
    ['while they grow', async () => {}],
    ['once flushed', async () => server.client.flushSync({ collection_names })],
    ['after a restart', async () => server.restart()],
  ] as const

  describe.each(stages)('%s', (_, enter) => {
    beforeAll(async () => {
      await enter()
    })

    it.each(types)('are found exactly: %s by %s', async (typeName, metric, vectors, distance) => {
      const query = vectors[rowCount] ?? []
      const expected = vectors
        .slice(0, rowCount)
        .map((vector, id) => ({ id: String(id), score: distance(vector, query) }))
        .toSorted((left, right) => left.score - right.score || Number(left.id) - Number(right.id))
        .slice(0, 20)
      const { status, results } = await server.client.search({
        collection_name: nameOf(typeName, metric),
        data: [...query],
        limit: 20,
        output_fields: ['id', 'vector'],
      })
      expect(status).toMatchObject({ code: 0 })
      const found = results.map(({ id, score }) => ({ id, score: Math.fround(score) }))
      expect(found).toEqual(expected)
      const [first] = results
      expect(first).toMatchObject({ vector: Array.from(vectors[Number(first?.id)] ?? []) })
    })
  })

  it.each(types)('are not taken for others: %s by %s', async (typeName, metric, vectors) => {
    const { status } = await server.client.search({
      collection_name: nameOf(typeName, metric),
      data: [...(vectors[0] ?? []), 1, 1, 1, 1, 1, 1, 1, 1],
      limit: 1,
    })
    expect(status).toMatchObject({ error_code: 'IllegalArgument', code: 1100 })
  })

  it('are four to a collection, and no more', async () => {
    const vectorFields = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        name: `vector${index}`,
        data_type: DataType.FloatVector,
        dim: dimension,
      }))
    const key = { name: 'id', data_type: DataType.Int64, is_primary_key: true }
    const create = async (name: string, count: number) =>
      server.client.createCollection({
        collection_name: name,
        fields: [key, ...vectorFields(count)],
      })
    expect(await create('four', 4)).toMatchObject(success)
    // This client throws where others answer.
    await expect(create('five', 5)).rejects.toMatchObject({
      error_code: 'IllegalArgument',
      code: 1100,
      reason: "maximum vector field's number should be limited to 4, got 5",
    })
  })
})
