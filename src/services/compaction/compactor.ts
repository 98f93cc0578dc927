import { present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, LogId, SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { composeTimestamp, physicalMsOf, type Timestamp } from '../../base/timestamp.ts'
import { secondMs } from '../../base/units.ts'
import type { CollectionRecord, FlushedSegmentRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import { insertLogPrefix, statisticsLogPrefix } from '../../storage/binlog-paths.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import { flushLogIdCount, type MergeFacts } from '../../workers/tasks.ts'
import type { SealPolicy } from '../data/seal-policy.ts'
import type { SegmentLedger } from '../data/segment-ledger.ts'
import type { LocalMaster } from '../master/local-master.ts'
import type { ObjectClaims } from '../object-claims.ts'
import type { QueryService } from '../query/query-service.ts'
import { Reconciler } from '../reconciler.ts'
import { visibleAfter } from '../visible-after.ts'
import { type Compaction, CompactionLog, type CompactionTicket } from './compaction-log.ts'
import { forgetSpentDeletes, notePurged } from './delete-files.ts'
import { candidatesOf, isAutomatic } from './merge-candidates.ts'
import { type MergeCandidate, planAllMerges, planMerges } from './merge-plan.ts'

export interface CompactorOptions {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly master: LocalMaster
  readonly ledger: SegmentLedger
  readonly query: QueryService
  readonly objects: ObjectStore
  readonly claims: ObjectClaims
  readonly pool: WorkerPool
  readonly policy: SealPolicy
  /** How far back in time a read may look: rows that were deleted since are kept. */
  readonly retentionMs: number
  /** How long files are kept for who has just learnt of them. */
  readonly toleranceMs: number
  readonly onError: (error: unknown) => void
}

const reconcilePeriodMs = 10 * secondMs

/**
 * Merges flushed segments where there are many small ones, writes those anew of which a good part is
 * deleted, and drops delete files that no row needs any more.
 *
 *     sources' files ──merge──▶ new files ──one batch──▶ target flushed, sources dropped
 *
 * Readers go on with the sources until the target is in memory with its indexes. Files of the sources
 * stay for who has just learnt of them, and go with what is remembered of dropped segments.
 */
export class Compactor implements AsyncDisposable {
  readonly #options: CompactorOptions
  readonly #reconciler: Reconciler
  readonly #log = new CompactionLog()
  readonly #closing = new AbortController()
  readonly #subscription: Disposable
  /** Collections in which something may be due. */
  readonly #dirty = new Set<CollectionId>()
  #asked: { readonly id: bigint; readonly collectionId: CollectionId }[] = []
  #mergeCount = 0
  /** Delete files that meta names no more; after a restart they are orphans. */
  #spent: readonly { readonly path: string; readonly spentAtMs: number }[] = []

  constructor(options: CompactorOptions) {
    this.#options = options
    this.#reconciler = new Reconciler({
      ...options,
      periodMs: reconcilePeriodMs,
      reconcile: () => this.#reconcile(),
    })
    for (const { id } of options.master.allCollections()) this.#dirty.add(id)
    this.#subscription = options.ledger.subscribe({
      segmentFlushed: ({ collectionId }) => {
        this.#dirty.add(collectionId)
        this.#reconciler.wake()
      },
      segmentDropped: ({ collectionId }) => this.#dirty.add(collectionId),
      deleted: (collectionId) => this.#dirty.add(collectionId),
    })
    this.#reconciler.wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]()
    this.#closing.abort(new ElanusError('CLOSED', 'The compactor is closing'))
    await this.#reconciler[Symbol.asyncDispose]()
  }

  /** Merges all that can be merged, in the background. */
  async compact(collection: CollectionRecord): Promise<CompactionTicket> {
    const id = await this.#options.master.allocId(1)
    const groups = await this.#groups(collection, await this.#purgeAt(collection))
    const plans = groups.flatMap((group) => planAllMerges(group, this.#options.policy))
    this.#log.begin(id, collection.id)
    this.#asked.push({ id, collectionId: collection.id })
    this.#dirty.add(collection.id)
    this.#reconciler.wake()
    return { id, planCount: plans.length }
  }

  /** Undefined for what was never asked for, or by a process before this one. */
  compaction(id: bigint): Compaction | undefined {
    return this.#log.get(id)
  }

  /** Does what is due now; whether there was anything. */
  async settled(): Promise<boolean> {
    const before = this.#mergeCount
    this.#reconciler.wake()
    await this.#reconciler.settled()
    return this.#mergeCount > before
  }

  async #reconcile(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    try {
      // What becomes due while this goes on is for the next time.
      const due = Array.from(this.#dirty)
      for (const collectionId of due) {
        const collection = this.#options.master.collection(collectionId)
        const ids = asked.filter((one) => one.collectionId === collectionId).map(({ id }) => id)
        if (collection === undefined) this.#dirty.delete(collectionId)
        else await this.#compact(collection, ids)
      }
      await this.#dropSpent()
    } finally {
      this.#log.end(asked.map(({ id }) => id))
    }
  }

  async #compact(collection: CollectionRecord, ids: readonly bigint[]): Promise<void> {
    const { policy, ledger } = this.#options
    this.#dirty.delete(collection.id)
    if (ids.length === 0 && !isAutomatic(collection)) return
    const purgeAt = await this.#purgeAt(collection)
    const groups = await this.#groups(collection, purgeAt)
    for (const group of groups) {
      const plans = ids.length > 0 ? planAllMerges(group, policy) : planMerges(group, policy)
      for (const plan of plans) {
        this.#closing.signal.throwIfAborted()
        await this.#merge(collection, plan, { purgeAt, ids })
      }
    }
    const candidates = groups.flat()
    await notePurged(candidates, purgeAt, { ...this.#options, collection })
    const segments = ledger.of(collection.id)
    const { spent, leftCount } = await forgetSpentDeletes(collection, {
      ...this.#options,
      segments,
    })
    const spentAtMs = this.#options.clock.monotonicMs()
    this.#spent = [...this.#spent, ...spent.map(({ path }) => ({ path, spentAtMs }))]
    const isAllSeen = candidates.length === ledger.flushedSegments(collection.id).length
    const isAllWritten = ledger.firstUnwrittenDeleteAt(collection.id) === undefined
    if (leftCount > 0 || !isAllSeen || !isAllWritten) this.#dirty.add(collection.id)
  }

  /** What may be merged with each other. */
  async #groups(
    collection: CollectionRecord,
    purgeAt: Timestamp,
  ): Promise<readonly (readonly MergeCandidate[])[]> {
    const candidates = await candidatesOf(collection, purgeAt, this.#options)
    const groups = Map.groupBy(
      candidates,
      ({ record }) => `${record.partitionId}/${record.virtualChannel}`,
    )
    return [...groups.values()]
  }

  async #dropSpent(): Promise<void> {
    const { clock, objects, toleranceMs } = this.#options
    const nowMs = clock.monotonicMs()
    const isDue = ({ spentAtMs }: { readonly spentAtMs: number }): boolean =>
      nowMs - spentAtMs > toleranceMs
    const due = this.#spent.filter(isDue)
    this.#spent = this.#spent.filter((one) => !isDue(one))
    for (const { path } of due) await objects.drop(path)
  }

  /** Deletes up to this time are in files, all of them, and no read looks further back. */
  async #purgeAt(collection: CollectionRecord): Promise<Timestamp> {
    const { master, ledger, retentionMs } = this.#options
    const nowMs = physicalMsOf(await master.allocTimestamp(1))
    const retained = composeTimestamp(Math.max(0, nowMs - retentionMs), 0)
    const unwritten = ledger.firstUnwrittenDeleteAt(collection.id)
    if (unwritten === undefined || unwritten > retained) return retained
    return toId<Timestamp>(unwritten - 1n)
  }

  async #merge(
    collection: CollectionRecord,
    plan: readonly MergeCandidate[],
    { purgeAt, ids }: { readonly purgeAt: Timestamp; readonly ids: readonly bigint[] },
  ): Promise<void> {
    const { master, claims } = this.#options
    const sources = plan.map(({ record }) => record)
    const sourceIds = sources.map(({ id }) => id)
    const segmentId = toId<SegmentId>(await master.allocId(1))
    const noted = { sources: sourceIds, target: segmentId }
    this.#log.note(ids, { ...noted, state: 'executing' })
    const place = `${collection.id}/${placeOf(sources).partitionId}/${segmentId}/`
    const folders = [`${insertLogPrefix}${place}`, `${statisticsLogPrefix}${place}`]
    using _claim = claims.claim(...folders)
    try {
      const writing = this.#write(collection, sources, { segmentId, purgeAt })
      const facts = await writing.catch(async (error: unknown) => {
        await this.#dropFolders(folders)
        throw error
      })
      // What a batch that fails has become of is not known for certain: its files are left to the sweep.
      const isDone = await this.#commit(sources, facts, { segmentId, purgeAt })
      if (!isDone) await this.#dropFolders(folders)
      const target = facts.rowCount > 0 ? segmentId : undefined
      this.#log.note(ids, { ...noted, target, state: isDone ? 'completed' : 'failed' })
      this.#mergeCount += 1
    } catch (error) {
      this.#log.note(ids, { ...noted, state: 'failed' })
      throw error
    }
  }

  async #write(
    collection: CollectionRecord,
    sources: readonly FlushedSegmentRecord[],
    { segmentId, purgeAt }: { readonly segmentId: SegmentId; readonly purgeAt: Timestamp },
  ): Promise<MergeFacts> {
    const { master, ledger, pool } = this.#options
    const { partitionId } = placeOf(sources)
    const logIdFirst = await master.allocId(flushLogIdCount(collection.schema))
    const binlogs = await Promise.all(sources.map((source) => ledger.binlogs(source)))
    return pool.merge(
      {
        collectionId: collection.id,
        partitionId,
        segmentId,
        schema: collection.schema,
        sources: sources.map(({ id, rowCount }, place) => ({
          segmentId: id,
          rowCount,
          binlogs: binlogs[place] ?? [],
        })),
        deletes: await ledger.deleteFiles(collection.id, partitionId),
        purgeAt,
        visibleAfter: visibleAfter(collection, purgeAt),
        logIds: Array.from({ length: flushLogIdCount(collection.schema) }, (_, place) =>
          toId<LogId>(logIdFirst + BigInt(place)),
        ),
      },
      this.#closing.signal,
    )
  }

  /** One batch: the new segment with its files, and the end of those that it has the rows of. */
  async #commit(
    sources: readonly FlushedSegmentRecord[],
    facts: MergeFacts,
    { segmentId, purgeAt }: { readonly segmentId: SegmentId; readonly purgeAt: Timestamp },
  ): Promise<boolean> {
    const { master, ledger } = this.#options
    const at = await master.allocTimestamp(1)
    const target =
      facts.rowCount === 0 ? undefined : merged(sources, facts, { segmentId, purgeAt, at })
    return ledger.replace(sources, target, { binlogs: facts.binlogs, droppedAt: at })
  }

  /** Nothing will ever name what was written there. */
  async #dropFolders(folders: readonly string[]): Promise<void> {
    const { objects } = this.#options
    for (const folder of folders) {
      for await (const { name } of objects.list(folder)) await objects.drop(name)
    }
  }
}

/** All sources of a merge lie in one place. */
function placeOf(sources: readonly FlushedSegmentRecord[]): FlushedSegmentRecord {
  return present(sources[0], 'a merge has a source')
}

function merged(
  sources: readonly FlushedSegmentRecord[],
  facts: MergeFacts,
  made: {
    readonly segmentId: SegmentId
    readonly purgeAt: Timestamp
    readonly at: Timestamp
  },
): FlushedSegmentRecord {
  const oldest = sources.reduce((one, other) => (other.openedAt < one.openedAt ? other : one))
  const latest = <T extends bigint>(of: (source: FlushedSegmentRecord) => T): T =>
    sources.map(of).reduce((one, other) => (other > one ? other : one))
  return {
    ...oldest,
    id: made.segmentId,
    state: 'flushed',
    rowCount: facts.rowCount,
    sizeBytes: facts.sizeBytes,
    rowCountMax: Math.max(facts.rowCount, oldest.rowCountMax),
    lastExpireAt: latest(({ lastExpireAt }) => lastExpireAt),
    sealedAt: latest(({ sealedAt }) => sealedAt),
    flushedAt: made.at,
    position: latest(({ position }) => position),
    compactedFrom: sources.map(({ id }) => id),
    purgedAt: made.purgeAt,
  }
}
