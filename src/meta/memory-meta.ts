import { ElanusError } from '../base/errors.ts'
import { endOfPrefix } from './keys.ts'
import type { MetaEntry, MetaKv, MetaOperation } from './meta-kv.ts'

/** Meta that lives as long as the process: for tests, and for an engine that keeps nothing. */
export function openMemoryMeta(): MetaKv {
  return new MemoryMeta()
}

class MemoryMeta implements MetaKv {
  /**
   * Sorted. A key is held as Latin-1 text, a character for each byte: text compares like the bytes
   * do, and does so natively.
   */
  readonly #keys: string[] = []
  readonly #values = new Map<string, Uint8Array>()
  #isClosed = false

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#checkOpen('read')
    return this.#values.get(toText(key))?.slice()
  }

  async *scan(prefix: Uint8Array): AsyncGenerator<MetaEntry> {
    this.#checkOpen('scan')
    const end = endOfPrefix(prefix)
    const from = this.#indexOf(toText(prefix))
    const to = end === undefined ? this.#keys.length : this.#indexOf(toText(end))
    const found = this.#keys.slice(from, to).flatMap((text): MetaEntry[] => {
      const value = this.#values.get(text)
      return value === undefined ? [] : [{ key: toBytes(text), value: value.slice() }]
    })
    for (const entry of found) {
      this.#checkOpen('scan')
      yield entry
    }
  }

  async write(operations: readonly MetaOperation[]): Promise<void> {
    this.#checkOpen('write')
    for (const operation of operations) this.#apply(operation)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
  }

  #apply(operation: MetaOperation): void {
    const text = toText(operation.key)
    const isThere = this.#values.has(text)
    switch (operation.kind) {
      case 'put':
        if (!isThere) this.#keys.splice(this.#indexOf(text), 0, text)
        this.#values.set(text, operation.value.slice())
        break
      case 'drop':
        if (isThere) this.#keys.splice(this.#indexOf(text), 1)
        this.#values.delete(text)
        break
    }
  }

  /** Where the key is, or would go. */
  #indexOf(text: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const key = this.#keys[middle]
      if (key !== undefined && key < text) low = middle + 1
      else high = middle
    }
    return low
  }

  #checkOpen(attempted: string): void {
    if (this.#isClosed) throw new ElanusError('CLOSED', `Cannot ${attempted} meta: it is closed`)
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function toBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
