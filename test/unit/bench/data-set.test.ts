import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadDataSet, neighbourCount, rowOf } from '../../../bench/lib/data-set.ts'
import { writeSyntheticDataSet } from '../../../bench/lib/synthetic.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elanus-data-set-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const shape = { seed: 7, count: 500, dimension: 8, queryCount: 5 }

describe('a synthetic data set', () => {
  it('is the same for the same seed', async () => {
    await writeSyntheticDataSet(folder, shape)
    const first = await loadDataSet(folder)
    await writeSyntheticDataSet(folder, shape)
    expect(await loadDataSet(folder)).toEqual(first)
  })

  it('has the nearest rows of each query as its answers', async () => {
    await writeSyntheticDataSet(folder, shape)
    const { base, queries, dimension, count, queryCount, neighbours } = await loadDataSet(folder)
    for (let query = 0; query < queryCount; query++) {
      const at = rowOf(queries, dimension, query)
      const distanceTo = (row: number): number =>
        rowOf(base, dimension, row).reduce((sum, x, i) => sum + (x - (at[i] ?? 0)) ** 2, 0)
      const rows = Array.from({ length: count }, (_, row) => row)
      const sorted = rows.sort((left, right) => distanceTo(left) - distanceTo(right))
      const found = neighbours.subarray(query * neighbourCount, (query + 1) * neighbourCount)
      expect([...found]).toEqual(sorted.slice(0, neighbourCount))
    }
  })
})

describe('loadDataSet', () => {
  const write = async (meta: object, base: Uint8Array): Promise<void> => {
    await writeFile(join(folder, 'meta.json'), JSON.stringify(meta))
    await writeFile(join(folder, 'base.u8'), base)
    await writeFile(join(folder, 'query.u8'), Uint8Array.of(1, 255))
    await writeFile(join(folder, 'gt100.i32'), new Int32Array(100))
  }
  const meta = { name: 'x', element: 'u8', metric: 'L2', count: 2, dimension: 2, queryCount: 1 }

  it('reads bytes as floats', async () => {
    await write(meta, Uint8Array.of(0, 1, 254, 255))
    const { base, queries } = await loadDataSet(folder)
    expect([...base, ...queries]).toEqual([0, 1, 254, 255, 1, 255])
  })

  it('refuses a file that is not as long as the description says', async () => {
    await write(meta, Uint8Array.of(0, 1, 2))
    await expect(loadDataSet(folder)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it.each([{ count: 0 }, { metric: 'HAMMING' }, { element: 'f64' }, { name: undefined }])(
    'refuses a description with %j',
    async (fault) => {
      await write({ ...meta, ...fault }, Uint8Array.of(0, 1, 2, 3))
      await expect(loadDataSet(folder)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    },
  )
})
