import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import type { VectorIndex } from '../../../src/vector-index/contract.ts'
import { openIndex, prepareIndex } from '../../../src/vector-index/vector-index.ts'
import { codeThrown } from '../../support/error-code.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { buildIndexOf, bytesOf, clusteredRows, graphSpec, storeOf } from './vectors.ts'

const rows = clusteredRows(1500, 12, 200)
const spec = graphSpec('COSINE', { M: 6, efConstruction: 40 })
const request = {
  queryCount: 50,
  queries: bytesOf(rows.slice(0, 50)),
  topk: 10,
  params: { ef: 30 },
}
const built = buildIndexOf(storeOf(rows), spec)
const file = Buffer.concat([...built.serialise()])

describe('an index file', () => {
  it.each([[file.length], [1000], [1]])(
    'brings the same index back in chunks of %i',
    (chunkBytes) => {
      const index = emptyIndex()
      index.load(chunksOf(file, chunkBytes))
      expect(index.search(request)).toEqual(built.search(request))
      expect(Buffer.concat([...index.serialise()])).toEqual(file)
    },
  )

  it('is refused wherever it was cut off', () => {
    for (let length = 0; length < file.length; length += 1 + Math.floor(length / 7)) {
      expect(codeThrown(() => emptyIndex().load([file.subarray(0, length)]))).toBe('CORRUPT')
    }
  })

  it('is refused with something behind it', () => {
    expect(codeThrown(() => emptyIndex().load([file, Uint8Array.of(0)]))).toBe('CORRUPT')
  })

  it('is refused with any bit turned over', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (let round = 0; round < 300; round++) {
      const damaged = Buffer.from(file)
      const bit = round < 100 ? random.below(8 * 60) : random.below(8 * file.length)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(
        codeThrown(() => emptyIndex().load([damaged])),
        `seed ${seed}`,
      ).toBe('CORRUPT')
    }
  })

  it('is refused when links lead out of the rows, though its checksum is right', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (let round = 0; round < 100; round++) {
      const forged = emptyIndex()
      const words = new Uint32Array(
        file.buffer.slice(file.byteOffset, file.byteOffset + file.length - 4),
      )
      const word = 15 + random.below(words.length - 15 - 12)
      words[word] = rows.length + random.below(2 ** 31)
      const bytes = withChecksum(new Uint8Array(words.buffer))
      expect(
        codeThrown(() => forged.load([bytes])),
        `seed ${seed}, word ${word}`,
      ).toBe('CORRUPT')
    }
  })

  it('is refused by an index over other rows, metric or parameters', () => {
    const others = [
      openEmpty(rows.slice(1), spec),
      openEmpty(rows, graphSpec('L2', { M: 6, efConstruction: 40 })),
      openEmpty(rows, graphSpec('COSINE', { M: 7, efConstruction: 40 })),
      openEmpty(rows, graphSpec('COSINE', { M: 6, efConstruction: 40, seed: 1 })),
      openEmpty(clusteredRows(1500, 13, 200), spec),
    ]
    for (const index of others) expect(codeThrown(() => index.load([file]))).toBe('CORRUPT')
  })

  it('leaves an index that it did not fit unusable', () => {
    const index = emptyIndex()
    expect(codeThrown(() => index.load([file.subarray(0, 100)]))).toBe('CORRUPT')
    expect(codeThrown(() => index.search(request))).not.toBe('none')
  })
})

function emptyIndex(): VectorIndex {
  return openEmpty(rows, spec)
}

function openEmpty(of: typeof rows, with_: typeof spec): VectorIndex {
  const store = storeOf(of)
  store.seal()
  return openIndex(store, prepareIndex(store, with_))
}

function withChecksum(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 4)
  bytes.set(body)
  new DataView(bytes.buffer).setUint32(body.length, crc32(body), true)
  return bytes
}

function* chunksOf(bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    yield bytes.subarray(from, from + chunkBytes)
  }
}
