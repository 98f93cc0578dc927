import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { MetaKv, MetaOperation } from '../../../src/meta/meta-kv.ts'
import { seedOfRun } from '../../support/seeds.ts'

export interface Subject extends AsyncDisposable {
  readonly kv: MetaKv
}

/** What every meta store does, whatever it keeps its entries in. */
export function describeMeta(name: string, open: () => Promise<Subject>): void {
  describe(`${name} meta`, () => {
    describeEntries(open)
    describeScans(open)
    describeClosing(open)
    describeModel(open)
  })
}

function describeEntries(open: () => Promise<Subject>): void {
  it('gives back what was put, also for empty keys and values', async () => {
    await using subject = await open()
    await subject.kv.write([put([1], [2, 3]), put([], [4]), put([5], [])])
    expect(await subject.kv.get(bytes(1))).toEqual(bytes(2, 3))
    expect(await subject.kv.get(bytes())).toEqual(bytes(4))
    expect(await subject.kv.get(bytes(5))).toEqual(bytes())
  })

  it('has undefined for a key that was never put, or was dropped', async () => {
    await using subject = await open()
    await subject.kv.write([put([1], [1])])
    await subject.kv.write([drop([1]), drop([2])])
    expect(await subject.kv.get(bytes(1))).toBeUndefined()
    expect(await subject.kv.get(bytes(2))).toBeUndefined()
  })

  it('applies the operations of a batch in their order', async () => {
    await using subject = await open()
    await subject.kv.write([put([1], [1]), drop([1]), put([1], [2]), put([2], [1]), drop([2])])
    expect(await all(subject.kv)).toEqual([[[1], [2]]])
  })

  it('applies batches in the order of the calls', async () => {
    await using subject = await open()
    await Promise.all(Array.from({ length: 50 }, (_, i) => subject.kv.write([put([1], [i])])))
    expect(await subject.kv.get(bytes(1))).toEqual(bytes(49))
  })

  it('takes an empty batch', async () => {
    await using subject = await open()
    await subject.kv.write([])
    expect(await all(subject.kv)).toEqual([])
  })

  it('keeps a value of a megabyte', async () => {
    await using subject = await open()
    const value = new Uint8Array(1_000_000).fill(7)
    await subject.kv.write([{ kind: 'put', key: bytes(1), value }])
    expect(await subject.kv.get(bytes(1))).toEqual(value)
  })

  it('neither keeps nor gives out memory that somebody else may change', async () => {
    await using subject = await open()
    const key = bytes(1)
    const value = bytes(1)
    await subject.kv.write([{ kind: 'put', key, value }])
    key[0] = 9
    value[0] = 9
    const first = await subject.kv.get(bytes(1))
    first?.fill(8)
    expect(await subject.kv.get(bytes(1))).toEqual(bytes(1))
  })
}

function describeScans(open: () => Promise<Subject>): void {
  it('scans a prefix in the order of unsigned bytes', async () => {
    await using subject = await open()
    const keys = [[1, 255], [1], [1, 0], [2], [0, 255], [1, 128, 1], [1, 127]]
    await subject.kv.write(keys.map((key) => put(key, [])))
    const scanned = (await all(subject.kv, bytes(1))).map(([key]) => key)
    expect(scanned).toEqual([[1], [1, 0], [1, 127], [1, 128, 1], [1, 255]])
  })

  it('scans prefixes that nothing sorts after', async () => {
    await using subject = await open()
    await subject.kv.write([put([255], [1]), put([255, 255], [2]), put([254], [3])])
    expect(await all(subject.kv, bytes(255))).toEqual([
      [[255], [1]],
      [[255, 255], [2]],
    ])
    expect(await all(subject.kv, bytes(255, 255))).toEqual([[[255, 255], [2]]])
  })

  it('scans more entries than fit one fetch', async () => {
    await using subject = await open()
    const keys = Array.from({ length: 3000 }, (_, i) => [i >> 8, i & 255])
    await subject.kv.write(keys.map((key) => put(key, [1])))
    expect((await all(subject.kv)).map(([key]) => key)).toEqual(keys)
  })

  it('does not show a scan what is written after its start', async () => {
    await using subject = await open()
    const keys = Array.from({ length: 1000 }, (_, i) => [i >> 8, i & 255])
    await subject.kv.write(keys.map((key) => put(key, [1])))
    const seen: number[] = []
    for await (const { value } of subject.kv.scan(bytes())) {
      if (seen.length === 0) {
        await subject.kv.write([...keys.map((key) => put(key, [2])), put([255], [2])])
      }
      seen.push(value[0] ?? 0)
    }
    expect(seen).toEqual(keys.map(() => 1))
  })

  it('lets a scan be left early, and writes go on', async () => {
    await using subject = await open()
    await subject.kv.write([put([1], [1]), put([2], [1])])
    for await (const { key } of subject.kv.scan(bytes())) {
      expect(key).toEqual(bytes(1))
      break
    }
    await subject.kv.write([put([3], [1])])
    expect(await all(subject.kv)).toHaveLength(3)
  })
}

function describeClosing(open: () => Promise<Subject>): void {
  it('is closed for everybody once it is closed', async () => {
    await using subject = await open()
    await subject.kv[Symbol.asyncDispose]()
    await subject.kv[Symbol.asyncDispose]()
    await expect(subject.kv.get(bytes(1))).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(subject.kv.write([put([1], [1])])).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(all(subject.kv)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('writes what it took before it was closed', async () => {
    await using subject = await open()
    const writing = subject.kv.write([put([1], [1])])
    await subject.kv[Symbol.asyncDispose]()
    await expect(writing).resolves.toBeUndefined()
  })

  it('closes under a scan that stands still', async () => {
    await using subject = await open()
    await subject.kv.write([put([1], [1]), put([2], [1])])
    const scan = subject.kv.scan(bytes())[Symbol.asyncIterator]()
    await scan.next()
    await subject.kv[Symbol.asyncDispose]()
    await expect(scan.next()).rejects.toBeInstanceOf(ElanusError)
  })
}

function describeModel(open: () => Promise<Subject>): void {
  it('agrees with a plain map over random batches', async () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const model = new Map<string, readonly number[]>()
    await using subject = await open()
    const draw = (): number[] =>
      Array.from({ length: random.below(4) }, () => random.below(256) & 0x83)
    for (let round = 0; round < 100; round++) {
      const operations = Array.from({ length: random.below(20) }, (): MetaOperation => {
        const key = draw()
        const value = draw()
        if (random.below(3) === 0) {
          model.delete(toHex(key))
          return drop(key)
        }
        model.set(toHex(key), value)
        return put(key, value)
      })
      await subject.kv.write(operations)
      const prefix = draw().slice(0, 2)
      const expected = [...model.keys()].filter((key) => key.startsWith(toHex(prefix))).toSorted()
      const found = await all(subject.kv, Uint8Array.from(prefix))
      const keys = found.map(([key]) => toHex(key))
      const values = found.map(([, value]) => value)
      expect(keys, `seed ${seed}, round ${round}`).toEqual(expected)
      expect(values, `seed ${seed}, round ${round}`).toEqual(expected.map((key) => model.get(key)))
    }
  })
}

type Entry = readonly [key: readonly number[], value: readonly number[]]

async function all(kv: MetaKv, prefix = bytes()): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const { key, value } of kv.scan(prefix)) entries.push([[...key], [...value]])
  return entries
}

function put(key: readonly number[], value: readonly number[]): MetaOperation {
  return { kind: 'put', key: Uint8Array.from(key), value: Uint8Array.from(value) }
}

function drop(key: readonly number[]): MetaOperation {
  return { kind: 'drop', key: Uint8Array.from(key) }
}

function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}

function toHex(values: readonly number[]): string {
  return Buffer.from(values).toString('hex')
}
