import type { ModelFilter } from './filters.ts'

/** What a collection should hold: obviously right, a list of rows and nothing else. */
export interface ModelRow {
  readonly id: bigint
  readonly tag: string
  readonly size: bigint | null
  readonly vector: readonly number[]
}

export class Model {
  /** Every row that was inserted and not deleted, oldest first; an id may come twice. */
  #rows: ModelRow[] = []

  get rowCount(): number {
    return this.#rows.length
  }

  /** Rows that pass; what a null leaves open does not. */
  countOf({ test }: ModelFilter): number {
    return this.#rows.filter((row) => test(row) === true).length
  }

  deletePassing({ test }: ModelFilter): void {
    // By key, as a delete is: all rows of an id of which one passes.
    this.delete(this.#rows.filter((row) => test(row) === true).map(({ id }) => id))
  }

  insert(rows: readonly ModelRow[]): void {
    this.#rows.push(...rows)
  }

  delete(ids: readonly bigint[]): void {
    this.#rows = this.#rows.filter(({ id }) => !ids.includes(id))
  }

  upsert(rows: readonly ModelRow[]): void {
    this.delete(rows.map(({ id }) => id))
    this.insert(rows)
  }

  ids({ test }: Pick<ModelFilter, 'test'> = everything): readonly bigint[] {
    const rows = this.#rows.filter((row) => test(row) === true)
    return [...new Set(rows.map(({ id }) => id))].toSorted(ascending)
  }

  /** The tag of an id's newest row. */
  tagOf(id: bigint): string | undefined {
    return this.#rows.findLast((row) => row.id === id)?.tag
  }

  /** Squared distances of the nearest `limit` ids, nearest first. */
  nearest(
    query: readonly number[],
    limit: number,
    { test }: Pick<ModelFilter, 'test'> = everything,
  ): readonly number[] {
    const best = new Map<bigint, number>()
    for (const { id, vector } of this.#rows.filter((row) => test(row) === true)) {
      const distance = squaredDistance(vector, query)
      if (distance < (best.get(id) ?? Number.POSITIVE_INFINITY)) best.set(id, distance)
    }
    return [...best.values()].toSorted((one, other) => one - other).slice(0, limit)
  }
}

const everything = { test: () => true }

function ascending(one: bigint, other: bigint): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function squaredDistance(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, place) => sum + (value - (other[place] ?? 0)) ** 2, 0)
}
