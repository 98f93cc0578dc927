import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/base/crc32c.ts'
import { ElanusError } from '../../../src/base/errors.ts'
import { mib } from '../../../src/base/units.ts'
import type { ObjectListing, ObjectStore } from '../../../src/storage/object-store.ts'

export interface Subject extends AsyncDisposable {
  /** Opens the store that is kept, as a process does when it starts. */
  open(): Promise<ObjectStore>
}

/** What every object store does, wherever it keeps its objects. */
export function describeObjectStore(name: string, create: () => Promise<Subject>): void {
  describe(`a ${name} object store`, () => {
    describeWriting(create)
    describeReading(create)
    describeListing(create)
    describeDropping(create)
  })
}

function describeWriting(create: () => Promise<Subject>): void {
  it('returns the size and checksum of what it wrote', async () => {
    await using subject = await create()
    const store = await subject.open()
    const bytes = pattern(100_000)
    const facts = await store.put('a/1/2', [bytes.subarray(0, 7), bytes.subarray(7)])
    expect(facts).toEqual({ sizeBytes: 100_000, crc32c: crc32c(bytes) })
  })

  it('takes chunks of any size, also as they come to be', async () => {
    await using subject = await create()
    const store = await subject.open()
    for (const sizes of [[], [0], [1], [0, 3, 0, 5], [mib - 1, 2], [3 * mib, 1, mib]]) {
      const chunks = sizes.map((size) => pattern(size))
      const name = `chunks/${sizes.join('-') || 'none'}`
      async function* later(): AsyncIterable<Uint8Array> {
        yield* chunks
      }
      await store.put(name, later())
      expect(Buffer.compare(await store.get(name), Buffer.concat(chunks))).toBe(0)
    }
  })

  it('refuses a name that is taken, and leaves the object as it was', async () => {
    await using subject = await create()
    const store = await subject.open()
    await store.put('a/1', [pattern(10)])
    await expect(store.put('a/1', [pattern(20)])).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    expect(await store.get('a/1')).toEqual(pattern(10))
  })

  it('writes nothing when the chunks fail', async () => {
    await using subject = await create()
    const store = await subject.open()
    function* failing(): Iterable<Uint8Array> {
      yield pattern(2 * mib)
      throw new ElanusError('CANCELED', 'Stopped')
    }
    await expect(store.put('a/1', failing())).rejects.toMatchObject({ code: 'CANCELED' })
    await expect(store.get('a/1')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    expect(await names(store, '')).toEqual([])
  })

  it('has no name that could lead out of it', async () => {
    await using subject = await create()
    const store = await subject.open()
    for (const name of [
      '',
      '/',
      'a/',
      '/a',
      '..',
      'a/../b',
      '.hidden',
      'a//b',
      'a\\b',
      'ä',
      'a b',
    ]) {
      await expect(store.put(name, [pattern(1)])).rejects.toThrow('Broken claim')
      await expect(store.get(name)).rejects.toThrow('Broken claim')
      await expect(store.drop(name)).rejects.toThrow('Broken claim')
    }
  })
}

function describeReading(create: () => Promise<Subject>): void {
  it('keeps objects over a restart', async () => {
    await using subject = await create()
    const first = await subject.open()
    const facts = await first.put('a/1', [pattern(3 * mib + 1)])
    const second = await subject.open()
    expect(Buffer.compare(await second.get('a/1', facts), pattern(3 * mib + 1))).toBe(0)
  })

  it('says which object is absent', async () => {
    await using subject = await create()
    const store = await subject.open()
    const reading = store.get('a/404')
    await expect(reading).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    await expect(reading).rejects.toThrow('a/404')
  })

  it('tells an object that is not the one expected', async () => {
    await using subject = await create()
    const store = await subject.open()
    const facts = await store.put('a/1', [pattern(1000)])
    const others = [
      { ...facts, sizeBytes: 999 },
      { ...facts, crc32c: facts.crc32c ^ 1 },
    ]
    for (const expected of others) {
      const reading = store.get('a/1', expected)
      await expect(reading).rejects.toMatchObject({ code: 'CORRUPT' })
      await expect(reading).rejects.toThrow('a/1')
    }
  })

  it('streams in pieces that stay as they are', async () => {
    await using subject = await create()
    const store = await subject.open()
    const bytes = pattern(5 * mib + 3)
    const facts = await store.put('a/1', [bytes])
    const pieces: Uint8Array[] = []
    for await (const piece of store.stream('a/1', facts)) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(1)
    expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0)
  })
}

function describeListing(create: () => Promise<Subject>): void {
  it('lists what lies under a prefix, and nothing else', async () => {
    await using subject = await create()
    const store = await subject.open()
    for (const name of ['a/1/2/3', 'a/1/22', 'a/11/2', 'b']) await store.put(name, [pattern(5)])
    expect(await names(store, 'a/1/')).toEqual(['a/1/2/3', 'a/1/22'])
    expect(await names(store, 'a/')).toEqual(['a/1/2/3', 'a/1/22', 'a/11/2'])
    expect(await names(store, '')).toEqual(['a/1/2/3', 'a/1/22', 'a/11/2', 'b'])
    expect(await names(store, 'c/')).toEqual([])
  })

  it('says how large each is, and since when it is there', async () => {
    await using subject = await create()
    const store = await subject.open()
    await store.put('a/1', [pattern(77)])
    const [listing] = await listings(store, 'a/')
    expect(listing).toMatchObject({ name: 'a/1', sizeBytes: 77 })
    expect(listing?.modifiedMs).toBeGreaterThanOrEqual(0)
  })
}

function describeDropping(create: () => Promise<Subject>): void {
  it('drops an object, and again without complaint', async () => {
    await using subject = await create()
    const store = await subject.open()
    await store.put('a/1', [pattern(5)])
    await store.drop('a/1')
    await store.drop('a/1')
    await store.drop('never/was')
    expect(await names(store, '')).toEqual([])
    await store.put('a/1', [pattern(6)])
    expect(await store.get('a/1')).toEqual(pattern(6))
  })
}

export function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31) ^ (index >> 8))
}

export async function names(store: ObjectStore, prefix: string): Promise<readonly string[]> {
  return (await listings(store, prefix)).map(({ name }) => name).toSorted()
}

async function listings(store: ObjectStore, prefix: string): Promise<readonly ObjectListing[]> {
  return await Array.fromAsync(store.list(prefix))
}
