import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { graphWords } from '../../../src/kernels/requests.ts'
import { buildIndex } from '../../../src/library/build-index.ts'
import { type Engine, openEngine } from '../../../src/library/engine.ts'
import { EngineIndex } from '../../../src/library/engine-index.ts'
import { createBuildControl } from '../../../src/vector-index/build-control.ts'
import type { IndexHandle } from '../../../src/vector-index/contract.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { flatVectors } from './library-vectors.ts'

const dimension = 8
const rowCount = 500
const vectors = flatVectors(rowCount, dimension, 9)
const queries = flatVectors(40, dimension, 10)

describe('a graph whose memory was overwritten', () => {
  let engine: Engine
  let handle: IndexHandle
  let index: EngineIndex

  beforeEach(async () => {
    engine = openEngine({ dimension, elementType: 'float32', rowCount }, { threads: 2 })
    engine.store.append(new Uint8Array(vectors.buffer), rowCount)
    engine.store.seal()
    handle = prepareIndex(engine.store, parseIndexSpec({ type: 'HNSW', metric: 'L2' }))
    const control = createBuildControl()
    const build = { kind: 'build', index: handle, control } as const
    await engine.crew.run(build, { timeoutMs: 60_000 })
    index = new EngineIndex(engine, handle)
  })

  afterEach(() => index.close())

  it('traps in one search, which fails; threads that take its place search again', async () => {
    const expected = await index.searchBatch(queries)
    const words = new Uint32Array(handle.store.memory.buffer, handle.address, graphWords.length)
    const sound = words.slice()
    for (const name of ['rows', 'codes', 'baseLinks'] as const) {
      words[graphWords.indexOf(name)] = 0xffff_ff00
    }
    const search = index.searchBatch(queries)
    await expect(search).rejects.toMatchObject({ code: 'WORKER_FAILED' })
    await expect(search).rejects.toThrow('memory access out of bounds')
    words.set(sound)
    expect(await index.searchBatch(queries)).toEqual(expected)
  })
})

describe('a build', () => {
  it('fails when its threads show no progress for too long', async () => {
    const many = flatVectors(30_000, 64, 11)
    const options = { dimension: 64, type: 'HNSW', threads: 2, stallTimeoutMs: 2 }
    await expect(buildIndex(many, options)).rejects.toMatchObject({ code: 'TIMEOUT' })
  })
})
