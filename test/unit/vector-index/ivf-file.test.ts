import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { parseSearchParams } from '../../../src/vector-index/index-types.ts'
import { openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { codeThrown } from '../../support/error-code.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { encodeElements } from './elements.ts'
import { emptyIndexOf, ivfTypeCases, sealedStoreOf, specOf } from './ivf-cases.ts'
import { clusteredRows } from './vectors.ts'

const dimension = 40
const rows = clusteredRows(500, dimension, 12)
const headerBytes = 8 + 12 * 4

describe.each(ivfTypeCases)('a file of $type', (one) => {
  const spec = specOf(one, dimension, { nlist: 8 })
  const store = sealedStoreOf(rows, one, dimension)
  const built = emptyIndexOf(store, spec)
  built.build()
  const file = Buffer.concat([...built.serialise()])
  const request = {
    queryCount: 30,
    queries: encodeElements(rows.slice(0, 30), one.elementType),
    topk: 10,
    params: parseSearchParams(spec, 10, { nprobe: 3 }),
  }
  const spare = sealedStoreOf(rows, one, dimension)
  /** Into the same memory each time. */
  const load = (chunks: readonly Uint8Array[]) => {
    const handle = prepareIndex(spare, spec)
    try {
      const index = openIndex(spare, handle)
      index.load(chunks)
      return index
    } finally {
      spare.release(handle)
    }
  }

  it.each([[file.length], [1000], [1]])(
    'brings the same index back in chunks of %i',
    (chunkBytes) => {
      const chunks: Uint8Array[] = []
      for (let from = 0; from < file.length; from += chunkBytes) {
        chunks.push(file.subarray(from, from + chunkBytes))
      }
      const index = load(chunks)
      expect(index.search(request)).toEqual(built.search(request))
      expect(Buffer.concat([...index.serialise()])).toEqual(file)
    },
  )

  it('is refused wherever it was cut off, and with something behind it', () => {
    for (let length = 0; length < file.length; length += 1 + Math.floor(length / 7)) {
      expect(codeThrown(() => load([file.subarray(0, length)]))).toBe('CORRUPT')
    }
    expect(codeThrown(() => load([file, Uint8Array.of(0)]))).toBe('CORRUPT')
  })

  it('is refused with any bit turned over', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (let round = 0; round < 120; round++) {
      const damaged = Buffer.from(file)
      const bit = random.below(8 * (round < 60 ? headerBytes : file.length))
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(
        codeThrown(() => load([damaged])),
        `seed ${seed}, bit ${bit}`,
      ).toBe('CORRUPT')
    }
  })

  it('is refused or searched without a trap when its checksum was made to fit', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (let round = 0; round < 120; round++) {
      const forged = Buffer.from(file)
      const at = headerBytes + random.below(file.length - 4 - headerBytes)
      const changes = 1 + random.below(64)
      for (let i = 0; i < changes; i++) {
        const place = Math.min(file.length - 5, at + i)
        forged[place] = random.below(256)
      }
      forged.writeUInt32LE(crc32(forged.subarray(0, -4)), forged.length - 4)
      expect(['none', 'CORRUPT'], `seed ${seed}`).toContain(
        codeThrown(() => load([forged]).search(request)),
      )
    }
  })

  it('is refused by an index over other rows or parameters', () => {
    const others = [
      emptyIndexOf(sealedStoreOf(rows.slice(1), one, dimension), spec),
      emptyIndexOf(store, specOf(one, dimension, { nlist: 7 })),
      emptyIndexOf(store, specOf(one, dimension, { nlist: 8, seed: 1 })),
    ]
    for (const index of others) expect(codeThrown(() => index.load([file]))).toBe('CORRUPT')
  })

  it('leaves an index that it did not fit unusable', () => {
    const index = emptyIndexOf(sealedStoreOf(rows, one, dimension), spec)
    expect(codeThrown(() => index.load([file.subarray(0, 100)]))).toBe('CORRUPT')
    expect(codeThrown(() => index.search(request))).not.toBe('none')
  })
})
