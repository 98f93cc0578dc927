import { ElanusError } from '../../base/errors.ts'
import type { CollectionRecord } from '../../meta/records.ts'
import type { FieldSchema } from '../../schema/collection-schema.ts'
import { concatColumns } from '../../schema/concat-columns.ts'
import { absentColumn } from '../../schema/default-column.ts'
import type { Column, PrimaryKeys } from '../../schema/row-batch.ts'
import { takeFromColumn } from '../../schema/take-rows.ts'
import { readField } from '../../segment/read-segments.ts'
import type { RowReferences } from '../../segment/segment.ts'
import type { QueryService, ReadView } from '../query/query-service.ts'
import { keyList } from './rank-hits.ts'
import { openView } from './read-view.ts'
import { keysOfRows } from './row-keys.ts'

/** The rows that have some keys, as they are now: one for each key, in the order of the keys. */
export class CurrentRows {
  readonly #view: ReadView
  readonly #rows: RowReferences
  /** For each key the place of its row, or the place behind them all. */
  readonly #places: Uint32Array

  private constructor(view: ReadView, rows: RowReferences, places: Uint32Array) {
    this.#view = view
    this.#rows = rows
    this.#places = places
  }

  /** COLLECTION_NOT_LOADED; INVALID_ARGUMENT for a key that comes twice. */
  static async find(
    query: QueryService,
    collection: CollectionRecord,
    keys: PrimaryKeys,
  ): Promise<CurrentRows> {
    const latest = { consistencyLevel: undefined, guaranteeTimestamp: 0n, partitionIds: [] }
    const view = await openView(query, collection, latest)
    const rows = query.locate(view, keys)
    if (new Set(keyList(keys)).size < keys.values.length) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        'duplicate primary keys are not allowed in the same batch',
      )
    }
    const found = keyList(keysOfRows(view, rows, collection))
    const placeOf = new Map(found.map((key, place) => [key, place]))
    const places = Uint32Array.from(keyList(keys), (key) => placeOf.get(key) ?? found.length)
    return new CurrentRows(view, rows, places)
  }

  /** Whether there is a row for every key. */
  get isComplete(): boolean {
    return this.#places.every((place) => place < this.#rows.offsets.length)
  }

  /** A field of theirs; its default or nothing where there is no row. */
  column(field: FieldSchema): Column {
    const found =
      this.#rows.offsets.length === 0
        ? absentColumn(field, 0)
        : readField(this.#view.segments, field, this.#rows)
    return takeFromColumn(concatColumns(found, absentColumn(field, 1)), this.#places)
  }
}
