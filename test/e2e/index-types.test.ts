import { DataType } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { seedOfRun } from '../support/seeds.ts'
import { CatalogServer, requireSuccess, success } from './catalog-server.ts'

const seed = seedOfRun()
const dimension = 32
/** More than a segment must have to be indexed at all. */
const rowCount = 2000
const topk = 10

/** Whole numbers that every element type holds, in clumps, so that near means something. */
const random = seededRandom(seed)
const centres = Array.from({ length: 12 }, () =>
  Array.from({ length: dimension }, () => random.below(81) - 40),
)
const numbers = Array.from({ length: rowCount + 1 }, () => {
  const centre = centres[random.below(centres.length)] ?? []
  return centre.map((value) => value + random.below(17) - 8)
})
const bits = Array.from({ length: rowCount + 1 }, () =>
  Array.from({ length: dimension / 8 }, () => random.below(256)),
)

interface Case {
  readonly index_type: string
  readonly params?: Readonly<Record<string, string | number | boolean>>
  readonly search?: Readonly<Record<string, unknown>>
  /** FloatVector unless given. */
  readonly vectorType?:
    | 'FloatVector'
    | 'Float16Vector'
    | 'BFloat16Vector'
    | 'Int8Vector'
    | 'BinaryVector'
  /** What is built, where that is another. */
  readonly built?: string
  /** Of codes alone less is found. */
  readonly recallMin?: number
}

const graph = { M: 12, efConstruction: 80 }
const lists = { nlist: 16 }
const cases: readonly Case[] = [
  { index_type: 'FLAT' },
  { index_type: 'HNSW', params: graph, search: { ef: 80 } },
  { index_type: 'HNSW', params: graph, search: { ef: 80 }, vectorType: 'Float16Vector' },
  { index_type: 'HNSW', params: graph, search: { ef: 80 }, vectorType: 'BFloat16Vector' },
  { index_type: 'HNSW', params: graph, search: { ef: 80 }, vectorType: 'Int8Vector' },
  { index_type: 'HNSW_SQ', params: { ...graph, sq_type: 'SQ8' }, search: { ef: 80, refine_k: 2 } },
  { index_type: 'HNSW_SQ', params: { ...graph, sq_type: 'FP16' }, search: { ef: 80 } },
  { index_type: 'DISKANN', search: { search_list: 80 } },
  { index_type: 'AUTOINDEX' },
  { index_type: 'AUTOINDEX', vectorType: 'Int8Vector' },
  { index_type: 'IVF_FLAT', params: lists, search: { nprobe: 16 } },
  { index_type: 'IVF_SQ8', params: lists, search: { nprobe: 16 } },
  { index_type: 'IVF_PQ', params: { ...lists, m: 16 }, search: { nprobe: 16 }, recallMin: 0.5 },
  {
    index_type: 'IVF_RABITQ',
    params: { ...lists, refine: true, refine_type: 'FP32' },
    search: { nprobe: 16, refine_k: 10 },
  },
  { index_type: 'SCANN', params: lists, search: { nprobe: 16, reorder_k: 200 } },
  { index_type: 'GPU_CAGRA', search: { ef: 80 }, built: 'HNSW' },
  { index_type: 'GPU_IVF_FLAT', params: lists, search: { nprobe: 16 }, built: 'IVF_FLAT' },
  { index_type: 'GPU_BRUTE_FORCE', built: 'FLAT' },
  { index_type: 'BIN_FLAT', vectorType: 'BinaryVector' },
  {
    index_type: 'BIN_IVF_FLAT',
    params: lists,
    search: { nprobe: 16 },
    vectorType: 'BinaryVector',
  },
]

function nameOf({ index_type, vectorType = 'FloatVector', params }: Case): string {
  return `${index_type}_${vectorType}_${params?.['sq_type'] ?? ''}`
}

/** Primary keys of the nearest rows; equally near ones have the same distance. */
function nearest({ vectorType }: Case): { readonly distance: number; readonly id: number }[] {
  const rows = vectorType === 'BinaryVector' ? bits : numbers
  const query = rows[rowCount] ?? []
  const distanceOf = (row: readonly number[]): number =>
    row.reduce((sum, value, place) => {
      const other = query[place] ?? 0
      return sum + (vectorType === 'BinaryVector' ? bitsOf(value ^ other) : (value - other) ** 2)
    }, 0)
  return rows
    .slice(0, rowCount)
    .map((row, id) => ({ id, distance: distanceOf(row) }))
    .sort((left, right) => left.distance - right.distance)
}

function bitsOf(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length
}

async function stateOf({ client }: CatalogServer, collection_name: string): Promise<string> {
  const { index_descriptions: described } = await client.describeIndex({ collection_name })
  return String(described[0]?.state)
}

describe(`indexes of every type, with seed ${seed}`, () => {
  let server: CatalogServer

  beforeAll(async () => {
    server = await CatalogServer.start()
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it.each(cases.map((one) => [nameOf(one), one] as const))('finds by %s', async (name, one) => {
    const { client } = server
    const {
      vectorType = 'FloatVector',
      index_type,
      params = {},
      search = {},
      recallMin = 0.9,
    } = one
    const metric_type = vectorType === 'BinaryVector' ? 'HAMMING' : 'L2'
    const collection_name = name
    const fields = [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'vector', data_type: DataType[vectorType], dim: dimension },
    ]
    requireSuccess(await client.createCollection({ collection_name, fields }))
    const vectors = vectorType === 'BinaryVector' ? bits : numbers
    const data = vectors.slice(0, rowCount).map((vector, id) => ({ id, vector }))
    requireSuccess((await client.insert({ collection_name, data })).status)
    await client.flushSync({ collection_names: [collection_name] })
    const index = { collection_name, field_name: 'vector', index_type, metric_type, params }
    expect(await client.createIndex(index)).toMatchObject(success)
    // Loaded when it is built, so that it is the index that answers.
    while ((await stateOf(server, collection_name)) !== 'Finished');
    await client.loadCollectionSync({ collection_name })

    const query = [...(vectors[rowCount] ?? [])]
    const request = { collection_name, data: query, limit: topk, params: search }
    const hits = (await client.search(request)).results.map(({ id, score }) => [Number(id), score])
    const exact = nearest(one)
    const bound = exact[topk - 1]?.distance ?? 0
    expect(hits).toHaveLength(topk)
    const found = hits.filter(
      ([id]) => (exact.find((row) => row.id === id)?.distance ?? 1e9) <= bound,
    )
    expect(found.length / topk).toBeGreaterThanOrEqual(recallMin)

    const { index_descriptions: described } = await client.describeIndex({ collection_name })
    const told = new Map(described[0]?.params.map(({ key, value }) => [key, value]))
    expect(told.get('index_type')).toBe(index_type)
    expect(told.get('cpu_index_type')).toBe(one.built)
    expect(described[0]).toMatchObject({ state: 'Finished', pending_index_rows: '0' })
  })

  it.each([
    ['HNSW', 'FloatVector', { M: 1 }, "param 'M' (1) should be in range [2, 2048]"],
    ['HNSW_SQ', 'FloatVector', { sq_type: 'SQ9' }, "invalid value for param 'sq_type': SQ9"],
    ['HNSW', 'BinaryVector', {}, "data type binary vector can't build with this index HNSW"],
    ['SPARSE_WAND', 'FloatVector', {}, 'index SPARSE_WAND only supports sparse vector'],
    ['NOTHING', 'FloatVector', {}, 'invalid index type: NOTHING'],
  ] as const)('refuses %s on a %s with %j', async (index_type, typeName, params, text) => {
    const { client } = server
    const collection_name = `refused_${index_type}_${typeName}`
    const fields = [
      { name: 'id', data_type: DataType.Int64, is_primary_key: true },
      { name: 'vector', data_type: DataType[typeName], dim: dimension },
    ]
    requireSuccess(await client.createCollection({ collection_name, fields }))
    const metric_type = typeName === 'BinaryVector' ? 'HAMMING' : 'L2'
    const index = { collection_name, field_name: 'vector', index_type, metric_type, params }
    const status = await client.createIndex(index)
    expect(status.code).not.toBe(0)
    expect(status.reason).toContain(text)
  })
})
