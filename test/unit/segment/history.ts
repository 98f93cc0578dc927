import type { Random } from '../../../src/base/random.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import type { CollectionSchema } from '../../../src/schema/collection-schema.ts'
import type { PrimaryKeyTypeName } from '../../../src/schema/data-type.ts'
import type { PrimaryKeys } from '../../../src/schema/row-batch.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import type { Snapshot } from '../../../src/segment/snapshot.ts'
import { at, batchOf, keysOf, rowIdsOf } from './sample.ts'

/** What happened to a segment, and what follows for a reader by the rule alone, row by row. */
export class History {
  readonly type: PrimaryKeyTypeName
  readonly rows: { readonly key: number; readonly timestamp: Timestamp }[] = []
  readonly deletes: { readonly key: number; readonly timestamp: Timestamp }[] = []

  constructor(type: PrimaryKeyTypeName) {
    this.type = type
  }

  /** visibleAfter < r.timestamp ≤ readAt, and no delete d of the key has r.timestamp < d ≤ readAt. */
  isVisible(row: number, { readAt, visibleAfter }: Snapshot): boolean {
    const { key, timestamp } = this.rows[row] ?? { key: 0, timestamp: at(0) }
    if (timestamp > readAt || timestamp <= visibleAfter) return false
    return !this.deletes.some(
      (deleted) =>
        deleted.key === key && timestamp < deleted.timestamp && deleted.timestamp <= readAt,
    )
  }

  visibleRows(snapshot: Snapshot): number[] {
    return this.rows.map((_, row) => row).filter((row) => this.isVisible(row, snapshot))
  }

  /** The newest visible row of each key, in the order of the keys. */
  newestRows(snapshot: Snapshot): { readonly key: number; readonly row: number }[] {
    const newest = new Map<number, number>()
    for (const row of this.visibleRows(snapshot)) newest.set(this.rows[row]?.key ?? 0, row)
    return [...newest].map(([key, row]) => ({ key, row })).toSorted((a, b) => this.#order(a, b))
  }

  /** The deletes as a delete log holds them. */
  deleteLog(): { readonly primaryKeys: PrimaryKeys; readonly timestamps: BigInt64Array } {
    return {
      primaryKeys: this.keys(this.deletes.map(({ key }) => key)),
      timestamps: BigInt64Array.from(this.deletes, ({ timestamp }) => timestamp),
    }
  }

  keys(numbers: readonly number[]): PrimaryKeys {
    return keysOf(this.type, numbers)
  }

  #order(left: { readonly key: number }, right: { readonly key: number }): number {
    if (this.type === 'Int64') return left.key - right.key
    const [first, second] = [left, right].map(({ key }) => Buffer.from(textOf(key)))
    return Buffer.compare(first ?? Buffer.alloc(0), second ?? Buffer.alloc(0))
  }
}

function textOf(number: number): string {
  const keys = keysOf('VarChar', [number])
  return keys.type === 'VarChar' ? (keys.values[0] ?? '') : ''
}

export interface Step {
  readonly segment: GrowingSegment
  readonly schema: CollectionSchema
  readonly history: History
  readonly random: Random
  readonly timestamp: Timestamp
}

/** An insert, a delete, or an upsert, which is a delete and an insert under one timestamp. */
export function takeStep(step: Step): void {
  const { random } = step
  const kind = random.below(3)
  const keys = Array.from({ length: 1 + random.below(4) }, () => random.below(keyCount) - 4)
  if (kind !== 0) deleteKeys(step, keys)
  if (kind !== 1) insertKeys(step, keys)
}

/** Few keys, so that they meet again; some are negative. */
export const keyCount = 12

function deleteKeys({ segment, history, timestamp }: Step, keys: readonly number[]): void {
  segment.applyDelete(history.keys(keys), timestamp)
  for (const key of keys) history.deletes.push({ key, timestamp })
}

function insertKeys(step: Step, keys: readonly number[]): void {
  const { segment, schema, history, random, timestamp } = step
  const batch = batchOf(schema, history.keys(keys), random)
  segment.append(batch, rowIdsOf(keys.length, BigInt(history.rows.length)), timestamp)
  for (const key of keys) history.rows.push({ key, timestamp })
}
