import { ElanusError } from '../../base/errors.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import { collectionNotFound } from '../master/errors.ts'
import type { Master } from '../master/master.ts'
import type { InsertRows } from './data-service.ts'
import type { GrowingSegments } from './growing-segments.ts'
import type { SealPolicy } from './seal-policy.ts'

/** What a write must pass right before it goes to the log: things may have changed since it came. */
export class WriteAdmission {
  readonly #master: Master
  readonly #policy: SealPolicy
  readonly #growing: GrowingSegments
  readonly #onFull: () => void

  constructor(options: {
    readonly master: Master
    readonly policy: SealPolicy
    readonly growing: GrowingSegments
    /** Told when rows wait for memory. */
    readonly onFull: () => void
  }) {
    this.#master = options.master
    this.#policy = options.policy
    this.#growing = options.growing
    this.#onFull = options.onFull
  }

  /** MEMORY_LIMIT_EXCEEDED while rows that are not flushed take all they may. */
  checkMemory(): void {
    const { growingMemoryBytesMax } = this.#policy
    const memoryBytes = this.#growing.memoryBytes
    if (memoryBytes <= growingMemoryBytesMax) return
    this.#onFull()
    throw new ElanusError(
      'MEMORY_LIMIT_EXCEEDED',
      `Cannot take rows: ${memoryBytes} bytes of rows wait to be flushed, ` +
        `the most is ${growingMemoryBytesMax}`,
    )
  }

  checkCreated(collection: CollectionRecord): void {
    if (this.#master.collection(collection.id) !== undefined) return
    throw collectionNotFound('', collection.schema.name)
  }

  checkPartitions(collection: CollectionRecord, parts: readonly InsertRows[]): void {
    this.checkCreated(collection)
    const partitions = this.#master.collection(collection.id)?.partitions ?? []
    for (const { partitionId } of parts) {
      if (partitions.some(({ id }) => id === partitionId)) continue
      throw new ElanusError('PARTITION_NOT_FOUND', `partition not found[partition=${partitionId}]`)
    }
  }
}
