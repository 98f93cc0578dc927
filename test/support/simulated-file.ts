import type { Random } from '../../src/base/random.ts'

/** What a disk writes as one: a power cut leaves each sector old or new. */
export const sectorSize = 512

type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number }

/** Bytes that grow. What lies between the old end and a later write is zero. */
class GrowingBytes {
  size = 0
  #buffer = new Uint8Array(sectorSize)

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.size)
  }

  apply(change: Change): void {
    if (change.kind === 'write') {
      this.#resize(Math.max(this.size, change.offset + change.bytes.length))
      this.#buffer.set(change.bytes, change.offset)
    } else {
      this.#resize(change.size)
    }
  }

  #resize(size: number): void {
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#buffer.length))
      larger.set(this.bytes)
      this.#buffer = larger
    }
    if (size < this.size) this.#buffer.fill(0, size, this.size)
    this.size = size
  }
}

/** A file's content: as programs see it, as it is on the platter, and the way from one to the other. */
export class SimulatedFile {
  readonly #seen = new GrowingBytes()
  readonly #durable = new GrowingBytes()
  #unsynced: Change[] = []
  modifiedMs = Date.now()

  static holding(bytes: Uint8Array): SimulatedFile {
    const file = new SimulatedFile()
    file.write(bytes, 0)
    file.sync()
    return file
  }

  get size(): number {
    return this.#seen.size
  }

  get bytes(): Uint8Array {
    return this.#seen.bytes
  }

  write(bytes: Uint8Array, offset: number): void {
    this.#change({ kind: 'write', offset, bytes: bytes.slice() })
  }

  truncate(size: number): void {
    this.#change({ kind: 'truncate', size })
  }

  sync(): void {
    for (const change of this.#unsynced) this.#durable.apply(change)
    this.#unsynced = []
  }

  /**
   * A sync that fails: what it should have written counts as written from now on, though it is not.
   * So do Linux file systems behave (Rebello et al., "Can applications recover from fsync
   * failures?", 2020).
   */
  failSync(): void {
    this.#unsynced = []
  }

  /** What a power cut leaves: of every unsynced change, any sectors, and the new size or not. */
  tear(random: Random): Uint8Array {
    const keptShare = [0, 1, random.next()][random.below(3)] ?? 0
    const isKept = (): boolean => random.next() < keptShare
    const left = new GrowingBytes()
    left.apply({ kind: 'write', offset: 0, bytes: this.#durable.bytes })
    for (const change of this.#unsynced) {
      if (change.kind === 'truncate') {
        if (isKept()) left.apply(change)
        continue
      }
      const isSizeKept = isKept()
      for (const part of sectorsOf(change)) {
        const isWithin = part.offset + part.bytes.length <= left.size
        if (isKept() && (isWithin || isSizeKept)) left.apply(part)
      }
      const end = change.offset + change.bytes.length
      if (isSizeKept && end > left.size) left.apply({ kind: 'truncate', size: end })
    }
    return left.bytes.slice()
  }

  #change(change: Change): void {
    this.#seen.apply(change)
    this.#unsynced.push(change)
    this.modifiedMs = Date.now()
  }
}

function* sectorsOf({
  offset,
  bytes,
}: {
  readonly offset: number
  readonly bytes: Uint8Array
}): Generator<{
  readonly kind: 'write'
  readonly offset: number
  readonly bytes: Uint8Array
}> {
  let start = 0
  while (start < bytes.length) {
    const end = Math.min(bytes.length, start + sectorSize - ((offset + start) % sectorSize))
    yield { kind: 'write', offset: offset + start, bytes: bytes.subarray(start, end) }
    start = end
  }
}
