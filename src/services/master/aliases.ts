import { ElanusError } from '../../base/errors.ts'
import type { CollectionId, DatabaseId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { AliasRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'

/** The catalog's aliases, in memory as in meta. What may be an alias is the master's to know. */
export class Aliases {
  readonly #catalog: Catalog
  readonly #byKey = new Map<string, AliasRecord>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  async load(): Promise<void> {
    for await (const record of this.#catalog.aliases.scan()) this.#byKey.set(keyOf(record), record)
  }

  find(databaseId: DatabaseId, name: string): AliasRecord | undefined {
    return this.#byKey.get(keyOf({ databaseId, name }))
  }

  /** In the order of their names. */
  of(collectionId: CollectionId): readonly string[] {
    return this.#names((alias) => alias.collectionId === collectionId)
  }

  /** In the order of their names. */
  inDatabase(databaseId: DatabaseId): readonly string[] {
    return this.#names((alias) => alias.databaseId === databaseId)
  }

  async save(record: AliasRecord): Promise<void> {
    if (!this.#byKey.has(keyOf(record)) && this.#byKey.size >= limits.aliasCountMax) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `exceeded the limit number of aliases[limit=${limits.aliasCountMax}]`,
      )
    }
    await this.#catalog.write([this.#catalog.aliases.put(record)])
    this.#byKey.set(keyOf(record), record)
  }

  async drop(record: AliasRecord): Promise<void> {
    await this.#catalog.write([this.#catalog.aliases.drop(record.databaseId, record.name)])
    this.#byKey.delete(keyOf(record))
  }

  #names(isWanted: (alias: AliasRecord) => boolean): readonly string[] {
    return [...this.#byKey.values()]
      .filter(isWanted)
      .map(({ name }) => name)
      .toSorted()
  }
}

function keyOf({ databaseId, name }: Pick<AliasRecord, 'databaseId' | 'name'>): string {
  return `${databaseId}/${name}`
}
