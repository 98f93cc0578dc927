import { ElanusError } from '../base/errors.ts'
import type { KeyPart } from './keys.ts'
import { encodeKey } from './keys.ts'
import type { MetaKv, MetaOperation } from './meta-kv.ts'
import type { RecordSchema } from './record-codec.ts'
import { decodeRecord, encodeRecord } from './record-codec.ts'

export interface TableShape<V, Key extends readonly KeyPart[]> {
  readonly name: string
  /** The first byte of every key: the owner in the high half, its table in the low one. */
  readonly prefix: number
  readonly schema: RecordSchema<V>
  readonly keyOf: (value: V) => Key
}

/** Records of one kind in meta, in the order of their keys. Writing is the caller's, in one batch. */
export class Table<V, Key extends readonly KeyPart[] = readonly bigint[]> {
  readonly #kv: MetaKv
  readonly #shape: TableShape<V, Key>

  constructor(kv: MetaKv, shape: TableShape<V, Key>) {
    this.#kv = kv
    this.#shape = shape
  }

  /** The operation that adds the record, or replaces the one with its key. */
  put(value: V): MetaOperation {
    const { prefix, schema, keyOf } = this.#shape
    const key = encodeKey(prefix, keyOf(value))
    return { kind: 'put', key, value: encodeRecord(schema, value) }
  }

  /** The operation that drops the record with this key, if there is one. */
  drop(...key: Key): MetaOperation {
    return { kind: 'drop', key: encodeKey(this.#shape.prefix, key) }
  }

  /** The record; CORRUPT when it cannot be read. */
  async get(...key: Key): Promise<V | undefined> {
    const encoded = encodeKey(this.#shape.prefix, key)
    const found = await this.#kv.get(encoded)
    return found === undefined ? undefined : this.#decode(encoded, found)
  }

  /** All records whose key starts with these parts; CORRUPT at the first that cannot be read. */
  async *scan(...prefix: readonly KeyPart[]): AsyncGenerator<V, void, undefined> {
    const encoded = encodeKey(this.#shape.prefix, prefix)
    for await (const { key, value } of this.#kv.scan(encoded)) yield this.#decode(key, value)
  }

  #decode(key: Uint8Array, bytes: Uint8Array): V {
    const { name, prefix, schema, keyOf } = this.#shape
    const title = (): string => `${name} record ${hexOf(key)}`
    const value = decodeRecord(schema, bytes, title)
    const expected = encodeKey(prefix, keyOf(value))
    if (Buffer.compare(expected, key) !== 0) {
      throw new ElanusError(
        'CORRUPT',
        `Cannot read ${title()}: it says that it is ${hexOf(expected)}`,
      )
    }
    return value
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
