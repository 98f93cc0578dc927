import type { PartitionId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'

/** One delete of one shard, as it was logged. */
export interface ShardDelete {
  readonly position: bigint
  readonly timestamp: Timestamp
  /** Zero: any partition. */
  readonly partitionId: PartitionId
  readonly primaryKeys: PrimaryKeys
}

/** What a key takes in memory beside its own bytes. */
const keyOverheadBytes = 16

/**
 * The deletes of a shard that are not in a delete file yet, oldest first; and, while some segment is
 * being loaded, also those that went to a file meanwhile: the load has read the older files only,
 * and gets the rest from here when it is done.
 */
export class ShardDeletes {
  #entries: ShardDelete[] = []
  /** Entries from here on are in no file. */
  #writtenCount = 0
  #loadCount = 0
  #sizeBytes = 0

  /** The bytes that wait to be written. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The position of the oldest delete that is in no file. */
  get firstUnwritten(): bigint | undefined {
    return this.#entries[this.#writtenCount]?.position
  }

  add(entry: ShardDelete): void {
    this.#entries.push(entry)
    this.#sizeBytes += sizeOf(entry.primaryKeys)
  }

  unwritten(): readonly ShardDelete[] {
    return this.#entries.slice(this.#writtenCount)
  }

  /** A file now holds the first `count` of what `unwritten` gave. */
  markWritten(count: number): void {
    for (const entry of this.#entries.slice(this.#writtenCount, this.#writtenCount + count)) {
      this.#sizeBytes -= sizeOf(entry.primaryKeys)
    }
    this.#writtenCount += count
    this.#prune()
  }

  /**
   * Keeps everything from now on until disposed. `since` gives all that is not in the files of the
   * moment of this call, what came later included.
   */
  retain(): Disposable & { since(): readonly ShardDelete[] } {
    this.#loadCount += 1
    // Nothing is pruned while this is held, so the index stands still.
    const start = this.#writtenCount
    let isOver = false
    return {
      since: () => this.#entries.slice(start),
      [Symbol.dispose]: () => {
        if (isOver) return
        isOver = true
        this.#loadCount -= 1
        this.#prune()
      },
    }
  }

  #prune(): void {
    if (this.#loadCount > 0) return
    this.#entries = this.#entries.slice(this.#writtenCount)
    this.#writtenCount = 0
  }
}

function sizeOf(keys: PrimaryKeys): number {
  if (keys.type === 'Int64') return keys.values.byteLength + keyOverheadBytes
  return keys.values.reduce((sum, value) => sum + value.length + keyOverheadBytes, 0)
}
