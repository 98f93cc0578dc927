import { ElanusError } from '../../base/errors.ts'
import type { DatabaseId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { DatabaseRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import type { KeyValues } from '../../schema/collection-schema.ts'
import { databaseNameDefault } from '../../schema/system-fields.ts'
import { databaseNotFound } from './errors.ts'
import type { IdAllocator } from './id-allocator.ts'
import { checkName } from './names.ts'
import { changed, checkChange, checkSizes, type PropertiesChange } from './properties.ts'
import type { TimestampOracle } from './timestamp-oracle.ts'

const collectionCountKey = 'database.max.collections'

/** Properties whose promise this version cannot keep. */
const unsupportedKeys: readonly string[] = [
  'database.force.deny.writing',
  'database.force.deny.reading',
  'database.force.deny.ddl',
]

/** The catalog's databases, in memory as in meta. The default one is always there. */
export class Databases {
  readonly #catalog: Catalog
  readonly #oracle: TimestampOracle
  readonly #ids: IdAllocator
  readonly #byName = new Map<string, DatabaseRecord>()

  constructor(catalog: Catalog, oracle: TimestampOracle, ids: IdAllocator) {
    this.#catalog = catalog
    this.#oracle = oracle
    this.#ids = ids
  }

  async load(): Promise<void> {
    for await (const record of this.#catalog.databases.scan()) this.#byName.set(record.name, record)
    if (this.#byName.has(databaseNameDefault)) return
    const createdAt = await this.#oracle.allocate(1)
    const id = toId<DatabaseId>(1n)
    await this.#save({ id, name: databaseNameDefault, createdAt, properties: [] })
  }

  all(): readonly DatabaseRecord[] {
    return [...this.#byName.values()]
  }

  get(id: DatabaseId): DatabaseRecord | undefined {
    return this.all().find((database) => database.id === id)
  }

  /** Empty: the default one. DATABASE_NOT_FOUND. */
  find(name: string): DatabaseRecord {
    const database = this.#byName.get(name === '' ? databaseNameDefault : name)
    if (database === undefined) throw databaseNotFound(name)
    return database
  }

  async create(name: string, properties: KeyValues): Promise<DatabaseRecord> {
    checkName('database', name)
    if (this.#byName.has(name)) throw invalid(`database already exist: ${name}`)
    // The default one is not counted.
    if (this.#byName.size > limits.databaseCountMax) {
      throw new ElanusError(
        'DATABASE_LIMIT_EXCEEDED',
        `exceeded the limit number of database[limit=${limits.databaseCountMax}]`,
      )
    }
    checkProperties(properties)
    const id = toId<DatabaseId>(await this.#ids.allocate(1))
    const createdAt = await this.#oracle.allocate(1)
    return this.#save({ id, name, createdAt, properties })
  }

  async alter(name: string, change: PropertiesChange): Promise<DatabaseRecord> {
    const database = this.find(name)
    checkChange(change)
    checkProperties(change.set)
    const properties = changed(database.properties, change)
    checkSizes(properties)
    return this.#save({ ...database, properties })
  }

  /** Drops what holds nothing any more. */
  async drop(name: string, collectionCount: number): Promise<void> {
    const database = this.find(name)
    if (database.name === databaseNameDefault) throw invalid('can not drop default database')
    if (collectionCount > 0) {
      throw invalid(`database:${name} not empty, must drop all collections before drop database`)
    }
    await this.#catalog.write([this.#catalog.databases.drop(database.id)])
    this.#byName.delete(name)
  }

  async #save(record: DatabaseRecord): Promise<DatabaseRecord> {
    await this.#catalog.write([this.#catalog.databases.put(record)])
    this.#byName.set(record.name, record)
    return record
  }
}

/** How many collections a database may have, by its own property or at all. */
export function collectionCountMaxOf({ properties }: DatabaseRecord): number {
  const own = properties.find(({ key }) => key === collectionCountKey)?.value
  return own === undefined ? limits.collectionCountMax : Number(own)
}

function checkProperties(properties: KeyValues): void {
  checkSizes(properties)
  for (const { key, value } of properties) {
    if (unsupportedKeys.includes(key) && !/^false$/i.test(value)) {
      throw new ElanusError('UNIMPLEMENTED', `Property ${key} is not supported yet`)
    }
    if (key === collectionCountKey && !/^\d{1,9}$/.test(value)) {
      throw invalid(`the value of ${key} must be a whole number, got ${value.slice(0, 64)}`)
    }
  }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
