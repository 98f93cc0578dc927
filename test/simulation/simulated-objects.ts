import { concatBytes } from '../../src/base/bytes.ts'
import { crc32c } from '../../src/base/crc32c.ts'
import { ElanusError } from '../../src/base/errors.ts'
import { kib } from '../../src/base/units.ts'
import { checkObjectName, checkObjectPrefix } from '../../src/storage/object-name.ts'
import type { ObjectFacts, ObjectListing, ObjectStore } from '../../src/storage/object-store.ts'
import type { SimulatedProcess } from './simulated-process.ts'

export interface StoredObject {
  readonly bytes: Uint8Array
  readonly facts: ObjectFacts
  readonly modifiedMs: number
}

/** What a stream gives at a time: less than the larger files of a segment. */
const pieceSizeBytes = 16 * kib

/** Objects that outlive whoever writes them, by name. */
export type StoredObjects = Map<string, StoredObject>

/** The store as a process sees it: what it writes is there whole or not at all. */
export class SimulatedObjects implements ObjectStore {
  readonly #stored: StoredObjects
  readonly #process: SimulatedProcess
  readonly #isFull: () => boolean
  readonly #nowMs: () => number
  readonly #onDrop: (name: string) => void

  constructor(options: {
    readonly stored: StoredObjects
    readonly process: SimulatedProcess
    readonly isFull: () => boolean
    /** The store's own clock. */
    readonly nowMs: () => number
    /** Told of an object right before it goes away. */
    readonly onDrop: (name: string) => void
  }) {
    this.#stored = options.stored
    this.#process = options.process
    this.#isFull = options.isFull
    this.#nowMs = options.nowMs
    this.#onDrop = options.onDrop
  }

  async put(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<ObjectFacts> {
    checkObjectName(name)
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk)
    await this.#process.pause(`write ${name}`, 0.1, 8)
    if (this.#isFull()) throw new ElanusError('DISK_FULL', `Cannot write object ${name}`)
    if (this.#stored.has(name)) {
      throw new ElanusError('FILE_EXISTS', `Cannot write object ${name}: it exists already`)
    }
    const bytes = concatBytes(parts)
    const facts = { sizeBytes: bytes.length, crc32c: crc32c(bytes) }
    this.#stored.set(name, { bytes, facts, modifiedMs: this.#nowMs() })
    await this.#process.pause(`wrote ${name}`, 0, 1)
    return facts
  }

  async get(name: string, expected?: ObjectFacts): Promise<Uint8Array> {
    return (await this.#read(name, expected)).slice()
  }

  async *stream(name: string, expected?: ObjectFacts): AsyncIterable<Uint8Array> {
    const bytes = await this.#read(name, expected)
    for (let from = 0; from < bytes.length; from += pieceSizeBytes) {
      yield bytes.slice(from, from + pieceSizeBytes)
    }
  }

  async *list(prefix: string): AsyncIterable<ObjectListing> {
    checkObjectPrefix(prefix)
    await this.#process.pause(`list ${prefix}`, 0, 0.5)
    const names = [...this.#stored.keys()].filter((name) => name.startsWith(prefix)).toSorted()
    for (const name of names) {
      const object = this.#stored.get(name)
      if (object === undefined) continue
      yield { name, sizeBytes: object.bytes.length, modifiedMs: object.modifiedMs }
    }
  }

  /** Nothing is begun here that does not become an object. */
  async dropUnfinished(): Promise<void> {}

  async drop(name: string): Promise<void> {
    checkObjectName(name)
    await this.#process.pause(`drop ${name}`, 0, 0.5)
    if (!this.#stored.has(name)) return
    this.#onDrop(name)
    this.#stored.delete(name)
  }

  async #read(name: string, expected: ObjectFacts | undefined): Promise<Uint8Array> {
    checkObjectName(name)
    await this.#process.pause(`read ${name}`, 0, 1)
    const object = this.#stored.get(name)
    if (object === undefined) {
      throw new ElanusError('OBJECT_NOT_FOUND', `Cannot read object ${name}: there is none`)
    }
    const { sizeBytes, crc32c: sum } = object.facts
    if (expected !== undefined && (expected.sizeBytes !== sizeBytes || expected.crc32c !== sum)) {
      throw new ElanusError('CORRUPT', `Cannot read object ${name}: it is another`)
    }
    return object.bytes
  }
}
