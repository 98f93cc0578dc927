import { assert, present } from '../../base/assert.ts'
import type { CollectionId, SegmentId } from '../../base/int64.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { MetaOperation } from '../../meta/meta-kv.ts'
import type {
  DroppedSegmentRecord,
  FlushedSegmentRecord,
  SegmentRecord,
} from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import { assertMove, replace } from './segment-moves.ts'

/** The facts of all segments, in memory as they are in meta. Only the data service writes them. */
export class SegmentBook {
  readonly #catalog: Catalog
  readonly #records = new Map<SegmentId, SegmentRecord>()
  readonly #idsByCollection = new Map<CollectionId, Set<SegmentId>>()
  readonly #changes = new Map<SegmentId, Promise<unknown>>()

  private constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  static async open(catalog: Catalog): Promise<SegmentBook> {
    const book = new SegmentBook(catalog)
    for await (const record of catalog.segments.scan()) book.#remember(record)
    return book
  }

  get(id: SegmentId): SegmentRecord | undefined {
    return this.#records.get(id)
  }

  of(collectionId: CollectionId): readonly SegmentRecord[] {
    const ids = this.#idsByCollection.get(collectionId) ?? []
    return [...ids].map((id) => present(this.#records.get(id), 'ids and records agree'))
  }

  all(): readonly SegmentRecord[] {
    return [...this.#records.values()]
  }

  /** Writes the record of a new segment, then remembers it. */
  async open(record: SegmentRecord): Promise<void> {
    assert(!this.#records.has(record.id), 'a segment is opened once')
    await this.#catalog.write([this.#catalog.segments.put(record)])
    this.#remember(record)
  }

  /**
   * Writes what `move` makes of the record, with whatever must become true together with it, then
   * remembers it. Changes of one segment take turns, so none is made of a record that is out of
   * date; where `move` gives undefined, or there is no record, nothing happens.
   */
  async change<Next extends SegmentRecord>(
    id: SegmentId,
    move: (record: SegmentRecord) => Next | undefined,
    together: readonly MetaOperation[] = [],
  ): Promise<Next | undefined> {
    return this.#inTurn([id], () => this.#change(id, move, together))
  }

  async #change<Next extends SegmentRecord>(
    id: SegmentId,
    move: (record: SegmentRecord) => Next | undefined,
    together: readonly MetaOperation[],
  ): Promise<Next | undefined> {
    const former = this.#records.get(id)
    const next = former === undefined ? undefined : move(former)
    if (former === undefined || next === undefined) return undefined
    assertMove(former, next)
    await this.#catalog.write([this.#catalog.segments.put(next), ...together])
    this.#remember(next)
    return next
  }

  /**
   * Writes the record of a new segment and the end of those in whose place it comes, as one. Undefined
   * when one of those has changed since it was read: then nothing is written.
   */
  async replace(
    sources: readonly FlushedSegmentRecord[],
    target: FlushedSegmentRecord | undefined,
    made: { readonly droppedAt: Timestamp; readonly together: readonly MetaOperation[] },
  ): Promise<readonly DroppedSegmentRecord[] | undefined> {
    const ids = sources.map(({ id }) => id)
    return this.#inTurn(ids, () => this.#replace(sources, target, made))
  }

  async #replace(
    sources: readonly FlushedSegmentRecord[],
    target: FlushedSegmentRecord | undefined,
    made: { readonly droppedAt: Timestamp; readonly together: readonly MetaOperation[] },
  ): Promise<readonly DroppedSegmentRecord[] | undefined> {
    if (sources.some((source) => this.#records.get(source.id) !== source)) return undefined
    const dropped = sources.map((source) => replace(source, target?.id, made.droppedAt))
    const next = target === undefined ? dropped : [target, ...dropped]
    const puts = next.map((record) => this.#catalog.segments.put(record))
    await this.#catalog.write([...puts, ...made.together])
    for (const record of next) this.#remember(record)
    return dropped
  }

  /** In its turn, or a change under way would write a record again that is forgotten. */
  async forget(
    records: readonly SegmentRecord[],
    together: readonly MetaOperation[],
  ): Promise<void> {
    const ids = records.map(({ id }) => id)
    await this.#inTurn(ids, () => this.#forget(records, together))
  }

  async #forget(
    records: readonly SegmentRecord[],
    together: readonly MetaOperation[],
  ): Promise<void> {
    const drops = records.map(({ collectionId, partitionId, id }) =>
      this.#catalog.segments.drop(collectionId, partitionId, id),
    )
    await this.#catalog.write([...drops, ...together])
    for (const record of records) {
      this.#records.delete(record.id)
      this.#idsByCollection.get(record.collectionId)?.delete(record.id)
    }
  }

  /** After what was begun before with any of these segments, before what comes later. */
  async #inTurn<T>(ids: readonly SegmentId[], work: () => Promise<T>): Promise<T> {
    const before = ids.map((id) => this.#changes.get(id) ?? Promise.resolve())
    const result = Promise.all(before).then(work)
    const settled = result.catch(() => undefined)
    for (const id of ids) this.#changes.set(id, settled)
    try {
      return await result
    } finally {
      for (const id of ids) if (this.#changes.get(id) === settled) this.#changes.delete(id)
    }
  }

  #remember(record: SegmentRecord): void {
    this.#records.set(record.id, record)
    const ids = this.#idsByCollection.get(record.collectionId)
    if (ids === undefined) this.#idsByCollection.set(record.collectionId, new Set([record.id]))
    else ids.add(record.id)
  }
}
