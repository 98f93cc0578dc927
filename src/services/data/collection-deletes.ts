import type { CollectionId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import { type ShardDelete, ShardDeletes } from './shard-deletes.ts'

/** The deletes of each collection that are not in files; all its shards share a channel. */
export class CollectionDeletes {
  readonly #byCollection = new Map<CollectionId, ShardDeletes>()
  /** Deletes before these positions are in files: replay meets them once more. */
  readonly #writtenPositions = new Map<CollectionId, bigint>()

  of(collectionId: CollectionId): ShardDeletes {
    const found = this.#byCollection.get(collectionId)
    if (found !== undefined) return found
    const made = new ShardDeletes()
    this.#byCollection.set(collectionId, made)
    return made
  }

  add(collectionId: CollectionId, entry: ShardDelete): void {
    if (entry.position < this.writtenPosition(collectionId)) return
    this.of(collectionId).add(entry)
  }

  writtenPosition(collectionId: CollectionId): bigint {
    return this.#writtenPositions.get(collectionId) ?? 0n
  }

  setWrittenPosition(collectionId: CollectionId, position: bigint): void {
    this.#writtenPositions.set(collectionId, position)
  }

  /** Whether every delete up to this time is in a file. */
  isWritten(collectionId: CollectionId, upTo: Timestamp): boolean {
    const [oldest] = this.of(collectionId).unwritten()
    return oldest === undefined || oldest.timestamp > upTo
  }

  collections(): readonly CollectionId[] {
    return [...this.#byCollection.keys()]
  }

  drop(collectionId: CollectionId): void {
    this.#byCollection.delete(collectionId)
    this.#writtenPositions.delete(collectionId)
  }
}
