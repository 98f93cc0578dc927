import type { SegmentId } from '../../base/int64.ts'
import type { BinlogRecord, CollectionRecord, FlushedSegmentRecord } from '../../meta/records.ts'
import { SealedSegment } from '../../segment/sealed-segment.ts'
import type { Snapshot } from '../../segment/snapshot.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { DataService } from '../data/data-service.ts'
import type { ShardDelete } from '../data/shard-deletes.ts'
import { SerialQueue } from '../serial-queue.ts'
import { isPast } from '../visible-after.ts'

interface Known {
  /** Says what the count was made of. */
  readonly state: string
  readonly rowCount: number
}

const knownCountMax = 65_536

/**
 * Counts the visible rows of flushed segments that are not in memory. Where no delete and no age can
 * have taken any, meta knows the answer; else the keys and timestamps alone are loaded for a moment. An
 * answer is remembered until there is another delete.
 */
export class SleepingRows {
  readonly #data: DataService
  readonly #pool: WorkerPool
  readonly #known = new Map<SegmentId, Known>()
  /** One after the other: a collection may have thousands of segments. */
  readonly #loading = new SerialQueue()

  constructor(options: { readonly data: DataService; readonly pool: WorkerPool }) {
    this.#data = options.data
    this.#pool = options.pool
  }

  async count(
    collection: CollectionRecord,
    record: FlushedSegmentRecord,
    snapshot: Snapshot,
  ): Promise<number> {
    using retained = this.#data.retainDeletes(collection.id)
    const { partitionId } = record
    const files = (await this.#data.deleteFiles(collection.id, partitionId)).filter(
      ({ timestampTo }) => timestampTo > record.purgedAt && timestampTo > record.openedAt,
    )
    const fresh = retained
      .since()
      .filter((entry) => entry.partitionId === 0n || entry.partitionId === partitionId)
    const isYoung = record.openedAt > snapshot.visibleAfter
    if (isYoung && files.length === 0 && fresh.length === 0) return record.rowCount
    const binlogs = await this.#data.binlogs(record)
    if (isPast(binlogs, snapshot.visibleAfter)) return 0
    const state = stateOf(files, fresh, isYoung ? 0n : snapshot.visibleAfter)
    const known = this.#known.get(record.id)
    if (known?.state === state) return known.rowCount
    const rowCount = await this.#loading.run(() =>
      this.#load(collection, record, { binlogs, files, fresh, snapshot }),
    )
    this.#remember(record.id, { state, rowCount })
    return rowCount
  }

  async #load(
    { id, schema }: CollectionRecord,
    record: FlushedSegmentRecord,
    found: {
      readonly binlogs: readonly BinlogRecord[]
      readonly files: readonly BinlogRecord[]
      readonly fresh: readonly ShardDelete[]
      readonly snapshot: Snapshot
    },
  ): Promise<number> {
    const fields = schema.fields.filter((field) => field.id === schema.primaryKey.fieldId)
    const handle = await this.#pool.load({
      collectionId: id,
      partitionId: record.partitionId,
      segmentId: record.id,
      schema: { ...schema, fields },
      rowCount: record.rowCount,
      binlogs: found.binlogs,
      deletes: found.files,
      indexes: [],
      scalarIndexes: [],
    })
    using segment = SealedSegment.attach(handle)
    for (const { primaryKeys, timestamp } of found.fresh) {
      segment.applyDelete(primaryKeys, timestamp)
    }
    const rowCount = segment.rowCountVisible(found.snapshot)
    await this.#pool.forget([segment])
    return rowCount
  }

  #remember(id: SegmentId, known: Known): void {
    this.#known.delete(id)
    this.#known.set(id, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > knownCountMax && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Deletes only come; so the newest one in a file and the newest one in memory say which there are. */
function stateOf(
  files: readonly BinlogRecord[],
  fresh: readonly ShardDelete[],
  visibleAfter: bigint,
): string {
  const newest = files.reduce((most, { logId }) => (logId > most ? logId : most), 0n)
  return `${files.length}/${newest}/${fresh.at(-1)?.position ?? 0n}/${visibleAfter}`
}
