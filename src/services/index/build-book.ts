import type { BuildId, CollectionId, IndexId, SegmentId } from '../../base/int64.ts'
import type { BuildRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'

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

  find(segmentId: SegmentId, indexId: IndexId): BuildRecord | undefined {
    const id = this.#idsByTarget.get(`${segmentId}/${indexId}`)
    return id === undefined ? undefined : this.#records.get(id)
  }

  async save(record: BuildRecord): Promise<void> {
    await this.#catalog.write([this.#catalog.builds.put(record)])
    this.#remember(record)
  }

  async forget(record: BuildRecord): Promise<void> {
    await this.#catalog.write([this.#catalog.builds.drop(record.id)])
    this.#records.delete(record.id)
    this.#idsByTarget.delete(`${record.segmentId}/${record.indexId}`)
  }

  #remember(record: BuildRecord): void {
    this.#records.set(record.id, record)
    this.#idsByTarget.set(`${record.segmentId}/${record.indexId}`, record.id)
  }
}
