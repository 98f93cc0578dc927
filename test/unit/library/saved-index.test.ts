import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { buildIndex } from '../../../src/library/build-index.ts'
import { type OpenIndexOptions, openIndex } from '../../../src/library/open-index.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { flatVectors } from './library-vectors.ts'

const dimension = 9
const vectors = flatVectors(400, dimension, 6)
const queries = flatVectors(20, dimension, 7)
const threads = 1

describe('a saved index', () => {
  it.each(['FLAT', 'HNSW', 'AUTOINDEX'])('is found again as it was: %s', async (type) => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'one.idx')
    const params = type === 'HNSW' ? { M: 8, efConstruction: 50 } : {}
    await using built = await buildIndex(vectors, { dimension, type, metric: 'COSINE', params })
    const { sizeBytes } = await built.save(path)
    expect((await readFile(path)).length).toBe(sizeBytes)
    await using opened = await openIndex(path, { threads })
    expect(opened).toMatchObject({ type, metric: 'COSINE', dimension, rowCount: 400 })
    expect(opened.params).toEqual(built.params)
    expect(await opened.searchBatch(queries)).toEqual(await built.searchBatch(queries))
    expect(opened.vector(399)).toEqual(built.vector(399))
  })

  it('is found again without rows', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'none.idx')
    await using built = await buildIndex(new Float32Array(0), { dimension, type: 'HNSW' })
    await built.save(path)
    await using opened = await openIndex(path, { threads })
    expect(opened.rowCount).toBe(0)
  })

  it('leaves vectors out when told so, and wants the same again', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'outside.idx')
    await using built = await buildIndex(vectors, { dimension, type: 'HNSW', metric: 'L2' })
    const inside = await built.save(join(folder.path, 'inside.idx'))
    const { sizeBytes } = await built.save(path, { vectors: 'outside' })
    expect(inside.sizeBytes - sizeBytes).toBe(vectors.byteLength)
    await using opened = await openIndex(path, { vectors, threads })
    expect(await opened.searchBatch(queries)).toEqual(await built.searchBatch(queries))
    const others = vectors.map((x, at) => (at === 1234 ? x + 1 : x))
    const refused: readonly OpenIndexOptions[] = [
      {},
      { vectors: others },
      { vectors: vectors.subarray(0, 100 * dimension) },
    ]
    for (const options of refused) {
      await expect(openIndex(path, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
  })

  it('takes the place of the one before in one step, and leaves nothing else', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'one.idx')
    await using first = await buildIndex(vectors, { dimension, type: 'FLAT' })
    await using second = await buildIndex(queries, { dimension, type: 'FLAT' })
    await first.save(path)
    await second.save(path)
    const given = { signal: AbortSignal.abort() }
    await expect(first.save(path, given)).rejects.toMatchObject({ code: 'CANCELED' })
    expect(await readdir(folder.path)).toEqual(['one.idx'])
    await using opened = await openIndex(path, { threads })
    expect(opened.rowCount).toBe(20)
  })

  it('is refused when it is not there', async () => {
    const opening = openIndex('/nowhere/at/all.idx')
    await expect(opening).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})

describe('a damaged file', () => {
  const seed = seedOfRun()

  it(`is refused whatever bit is flipped and wherever it is cut (seed ${seed})`, async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'damaged.idx')
    const small = flatVectors(40, dimension, 8)
    await using built = await buildIndex(small, { dimension, type: 'HNSW', params: { M: 4 } })
    await built.save(path)
    const whole = await readFile(path)
    const random = seededRandom(seed)
    const flips = Array.from({ length: 30 }, () => random.below(whole.length * 8))
    const ends = [...Array(64).keys()].map(
      (byte) => (whole.length - 1 - byte) * 8 + random.below(8),
    )
    const starts = [...Array(64).keys()].map((byte) => byte * 8 + random.below(8))
    for (const bit of [...flips, ...ends, ...starts]) {
      const damaged = new Uint8Array(whole)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await writeFile(path, damaged)
      const opening = openIndex(path, { threads }).then(() => `bit ${bit} of seed ${seed}`)
      await expect(opening, `bit ${bit}`).rejects.toMatchObject({ code: 'CORRUPT' })
    }
    const cuts = [0, 1, 19, 20, whole.length - 1, ...flips.slice(0, 10).map((bit) => bit >> 3)]
    for (const length of cuts) {
      await writeFile(path, whole.subarray(0, length))
      await expect(openIndex(path), `${length}`).rejects.toMatchObject({ code: 'CORRUPT' })
    }
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(1)]))
    await expect(openIndex(path)).rejects.toMatchObject({ code: 'CORRUPT' })
  }, 120_000)
})
