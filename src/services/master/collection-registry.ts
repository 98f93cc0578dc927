import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, DatabaseId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionRecord, DatabaseRecord } from '../../meta/records.ts'
import { collectionCountMaxOf } from './databases.ts'

/** The catalog's collections in memory. A dropping one has lost its name and cannot be found. */
export class CollectionRegistry {
  readonly #created = new Map<CollectionId, CollectionRecord>()
  readonly #dropping = new Map<CollectionId, CollectionRecord>()
  readonly #idsByName = new Map<string, CollectionId>()
  readonly #countByDatabase = new Map<DatabaseId, number>()

  get size(): number {
    return this.#created.size
  }

  set(record: CollectionRecord): void {
    const former = this.#created.get(record.id)
    if (former !== undefined) {
      this.#idsByName.delete(nameKey(former))
      this.#count(former.databaseId, -1)
    }
    switch (record.state) {
      case 'created':
        this.#created.set(record.id, record)
        this.#idsByName.set(nameKey(record), record.id)
        this.#count(record.databaseId, 1)
        return
      case 'dropping':
        this.#created.delete(record.id)
        this.#dropping.set(record.id, record)
    }
  }

  forget(id: CollectionId): void {
    this.#dropping.delete(id)
  }

  get(id: CollectionId): CollectionRecord | undefined {
    return this.#created.get(id)
  }

  find(databaseId: DatabaseId, name: string): CollectionRecord | undefined {
    const id = this.#idsByName.get(`${databaseId}/${name}`)
    return id === undefined ? undefined : this.#created.get(id)
  }

  countIn(databaseId: DatabaseId): number {
    return this.#countByDatabase.get(databaseId) ?? 0
  }

  /** In no order that means anything. */
  all(): IteratorObject<CollectionRecord> {
    return this.#created.values()
  }

  /** In the order of their names. */
  inDatabase(databaseId: DatabaseId): readonly CollectionRecord[] {
    return [...this.#created.values()]
      .filter((record) => record.databaseId === databaseId)
      .sort((one, other) => (one.schema.name < other.schema.name ? -1 : 1))
  }

  dropping(): readonly CollectionRecord[] {
    return [...this.#dropping.values()]
  }

  #count(databaseId: DatabaseId, difference: 1 | -1): void {
    this.#countByDatabase.set(databaseId, this.countIn(databaseId) + difference)
  }

  /** COLLECTION_LIMIT_EXCEEDED when there may be no more, in all or of the database. */
  checkRoom(database: DatabaseRecord): void {
    const own = collectionCountMaxOf(database)
    if (this.size < limits.collectionCountMax && this.countIn(database.id) < own) return
    throw new ElanusError(
      'COLLECTION_LIMIT_EXCEEDED',
      `exceeded the limit number of collections[limit=${Math.min(own, limits.collectionCountMax)}]`,
    )
  }
}

function nameKey(record: CollectionRecord): string {
  return `${record.databaseId}/${record.schema.name}`
}
