import {
  Field,
  FixedSizeList,
  Float32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import {
  type BuildOptions,
  type BuildProgress,
  buildIndex,
} from '../../../src/library/build-index.ts'
import type { VectorSource } from '../../../src/library/vector-source.ts'
import { flatVectors, vectorOf } from './library-vectors.ts'

const dimension = 12
const rowCount = 600
const vectors = flatVectors(rowCount, dimension, 1)
const options = { dimension, type: 'HNSW', metric: 'L2', threads: 2 } as const

async function selfFound(source: VectorSource, given: BuildOptions = options): Promise<number> {
  await using index = await buildIndex(source, given)
  expect(index.rowCount).toBe(rowCount)
  const found = Array.from({ length: rowCount }, (_, id) =>
    index.search(vectorOf(vectors, dimension, id), { topk: 1, params: { ef: 64 } }),
  )
  return found.filter((hits, id) => hits.ids[0] === id && hits.distances[0] === 0).length / rowCount
}

async function* batchesOf(size: number): AsyncGenerator<Float32Array> {
  for (let from = 0; from < rowCount; from += size) {
    yield vectors.slice(from * dimension, Math.min(rowCount, from + size) * dimension)
  }
}

function arrowBatch(from: number, to: number): RecordBatch {
  const type = new FixedSizeList(dimension, new Field('item', new Float32(), false))
  const values = vectors.subarray(from * dimension, to * dimension)
  const child = makeData({ type: new Float32(), data: values })
  const column = makeData({ type, length: to - from, child })
  const schema = new Schema([new Field('embedding', type, false)])
  const data = makeData({ type: new Struct(schema.fields), length: to - from, children: [column] })
  return new RecordBatch(schema, data)
}

describe('a build', () => {
  it('takes one array', async () => {
    expect(await selfFound(vectors)).toBe(1)
  })

  it('takes an array at an odd place of its buffer', async () => {
    const shifted = new Float32Array(new ArrayBuffer(vectors.byteLength + 4), 4, vectors.length)
    shifted.set(vectors)
    expect(await selfFound(shifted)).toBe(1)
  })

  it('takes batches as they come', async () => {
    expect(await selfFound(batchesOf(7))).toBe(1)
  })

  it('takes vectors as arrays of numbers', async () => {
    const rows = Array.from({ length: rowCount }, (_, id) =>
      Array.from(vectorOf(vectors, dimension, id)),
    )
    expect(await selfFound(rows)).toBe(1)
  })

  it('takes an Arrow table, which says the dimension itself', async () => {
    const { dimension: _said, ...others } = options
    const table = new Table([arrowBatch(0, 250), arrowBatch(250, rowCount)])
    expect(await selfFound(table, others)).toBe(1)
  })

  it('takes a slice of an Arrow table', async () => {
    const table = new Table([arrowBatch(0, 250), arrowBatch(250, rowCount)]).slice(100, 300)
    await using index = await buildIndex(table, { type: 'FLAT', metric: 'L2' })
    expect(index.rowCount).toBe(200)
    expect(Array.from(index.vector(0))).toEqual(Array.from(vectorOf(vectors, dimension, 100)))
    expect(Array.from(index.vector(199))).toEqual(Array.from(vectorOf(vectors, dimension, 299)))
  })

  it('takes a stream of Arrow record batches and the column that it is told', async () => {
    const { dimension: _said, ...others } = options
    const stream = (async function* () {
      yield arrowBatch(0, 1)
      yield arrowBatch(1, rowCount)
    })()
    expect(await selfFound(stream, { ...others, column: 'embedding' })).toBe(1)
  })

  it('takes Arrow lists that have one length', async () => {
    const rows = Array.from({ length: 5 }, (_, id) => Array.from(vectorOf(vectors, dimension, id)))
    const lists = vectorFromArray(rows, new List(new Field('item', new Float32(), false)))
    const table = new Table({ at: lists })
    await using index = await buildIndex(table, { type: 'FLAT', metric: 'L2' })
    expect([index.rowCount, index.dimension]).toEqual([5, dimension])
  })

  it('makes an index of nothing', async () => {
    await using index = await buildIndex(new Float32Array(0), options)
    expect(index.rowCount).toBe(0)
    expect(index.search(vectorOf(vectors, dimension, 0)).ids.length).toBe(0)
  })

  it('tells how far it is, to the end', async () => {
    const told: BuildProgress[] = []
    const given = { ...options, onProgress: (progress: BuildProgress) => void told.push(progress) }
    await using index = await buildIndex(batchesOf(100), given)
    const read = told.filter(({ phase }) => phase === 'reading').map(({ rowsDone }) => rowsDone)
    expect(read).toEqual([100, 200, 300, 400, 500, 600])
    expect(told.at(-1)).toEqual({ phase: 'building', rowsDone: index.rowCount, rowCount })
  })

  it('is the same for the same seed on one thread', async () => {
    const given = { ...options, threads: 1 }
    await using one = await buildIndex(vectors, given)
    await using other = await buildIndex(batchesOf(33), given)
    const queries = flatVectors(50, dimension, 2)
    const hits = await Promise.all([one.searchBatch(queries), other.searchBatch(queries)])
    expect(hits[0]).toEqual(hits[1])
  })

  it('says what it was made with', async () => {
    await using index = await buildIndex(vectors, { ...options, params: { M: 8 } })
    expect(index).toMatchObject({ type: 'HNSW', metric: 'L2', dimension, rowCount, threadCount: 2 })
    expect(index.params['M']).toBe(8)
    expect(index.memoryBytes).toBeGreaterThan(vectors.byteLength)
  })
})

describe('a build that cannot be', () => {
  const refusals: readonly [string, VectorSource, BuildOptions, string][] = [
    ['an unknown type', vectors, { ...options, type: 'TREE' }, 'INDEX_NOT_SUPPORTED'],
    ['an unknown metric', vectors, { ...options, metric: 'NEAR' }, 'INDEX_NOT_SUPPORTED'],
    ['a parameter out of range', vectors, { ...options, params: { M: 1 } }, 'INVALID_ARGUMENT'],
    ['no dimension', vectors, { type: 'FLAT' }, 'INVALID_ARGUMENT'],
    ['dimension zero', vectors, { ...options, dimension: 0 }, 'INVALID_ARGUMENT'],
    ['a part of a vector', vectors.subarray(1), options, 'INVALID_ARGUMENT'],
    ['NaN', vectors.map((x, at) => (at === 99 ? Number.NaN : x)), options, 'INVALID_ARGUMENT'],
    ['no threads', vectors, { ...options, threads: 0 }, 'INVALID_ARGUMENT'],
    ['too little memory', vectors, { ...options, memoryBytesMax: 1000 }, 'MEMORY_LIMIT_EXCEEDED'],
  ]

  it.each(refusals)('refuses %s', async (_what, source, given, code) => {
    await expect(buildIndex(source, given)).rejects.toMatchObject({ name: 'ElanusError', code })
  })

  it('names the vector that is no number', async () => {
    const odd = vectors.map((x, at) => (at === 5 * dimension + 3 ? Number.POSITIVE_INFINITY : x))
    await expect(buildIndex(odd, options)).rejects.toThrow('vector 5: its element 3')
  })

  it('passes on what the source throws, and closes the source on its own errors', async () => {
    const failure = new Error('the disk is gone')
    let isClosed = false
    const failing = (async function* () {
      yield vectors.slice(0, dimension)
      throw failure
    })()
    await expect(buildIndex(failing, options)).rejects.toBe(failure)
    const closing = (async function* () {
      try {
        yield vectors.slice(0, dimension)
        yield vectors.slice(0, 1)
      } finally {
        isClosed = true
      }
    })()
    await expect(buildIndex(closing, options)).rejects.toThrow(ElanusError)
    expect(isClosed).toBe(true)
  })

  it('stops when it is given up before, while reading and while building', async () => {
    const given = AbortSignal.abort()
    await expect(buildIndex(vectors, { ...options, signal: given })).rejects.toMatchObject({
      code: 'CANCELED',
    })
    for (const phase of ['reading', 'building'] as const) {
      const controller = new AbortController()
      const build = buildIndex(flatVectors(20_000, dimension, 3), {
        ...options,
        params: { efConstruction: 800 },
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) controller.abort()
        },
      })
      await expect(build).rejects.toMatchObject({ code: 'CANCELED' })
    }
  })
})
