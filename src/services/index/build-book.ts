import type { BuildId, CollectionId, IndexId, SegmentId } from '../../base/int64.ts'
import type { BuildRecord, DeletedBuildRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import { assertBuildMove } from './build-moves.ts'

/** All build records, in memory as they are in meta. Only the index service writes them. */
export class BuildBook {
  readonly #catalog: Catalog
  readonly #records = new Map<BuildId, BuildRecord>()
  readonly #idsByTarget = new Map<string, BuildId>()

  private constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  static async open(catalog: Catalog): Promise<BuildBook> {
    const book = new BuildBook(catalog)
    for await (const record of catalog.builds.scan()) book.#remember(record)
    return book
  }

  all(): readonly BuildRecord[] {
    return [...this.#records.values()]
  }

  of(collectionId: CollectionId): readonly BuildRecord[] {
    return this.all().filter((record) => record.collectionId === collectionId)
  }

  get(id: BuildId): BuildRecord | undefined {
    return this.#records.get(id)
  }

  /** The build of an index over a segment; not one that is deleted. */
  find(segmentId: SegmentId, indexId: IndexId): BuildRecord | undefined {
    const id = this.#idsByTarget.get(targetOf({ segmentId, indexId }))
    return id === undefined ? undefined : this.#records.get(id)
  }

  /** All or none. */
  async save(...records: readonly BuildRecord[]): Promise<void> {
    for (const record of records) assertBuildMove(this.#records.get(record.id), record)
    await this.#catalog.write(records.map((record) => this.#catalog.builds.put(record)))
    for (const record of records) this.#remember(record)
  }

  async forget(records: readonly DeletedBuildRecord[]): Promise<void> {
    await this.#catalog.write(records.map(({ id }) => this.#catalog.builds.drop(id)))
    for (const { id } of records) this.#records.delete(id)
  }

  #remember(record: BuildRecord): void {
    this.#records.set(record.id, record)
    const target = targetOf(record)
    if (record.state !== 'deleted') this.#idsByTarget.set(target, record.id)
    else if (this.#idsByTarget.get(target) === record.id) this.#idsByTarget.delete(target)
  }
}

function targetOf({ segmentId, indexId }: Pick<BuildRecord, 'segmentId' | 'indexId'>): string {
  return `${segmentId}/${indexId}`
}
