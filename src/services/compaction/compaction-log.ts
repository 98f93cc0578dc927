import type { CollectionId, SegmentId } from '../../base/int64.ts'

export interface CompactionPlan {
  readonly sources: readonly SegmentId[]
  /** Undefined where no row was left. */
  readonly target: SegmentId | undefined
  readonly state: 'executing' | 'completed' | 'failed'
}

export interface Compaction {
  readonly id: bigint
  readonly collectionId: CollectionId
  readonly state: 'executing' | 'completed'
  readonly plans: readonly CompactionPlan[]
}

/** What the state of a compaction is asked for by, and how many merges it was found to need. */
export interface CompactionTicket {
  readonly id: bigint
  readonly planCount: number
}

/** Compactions that were asked for by hand: what came of them. The newest are remembered. */
const compactionCountMax = 1_024

export class CompactionLog {
  readonly #compactions = new Map<bigint, Compaction>()

  begin(id: bigint, collectionId: CollectionId): void {
    this.#compactions.set(id, { id, collectionId, state: 'executing', plans: [] })
    const [oldest] = this.#compactions.keys()
    if (this.#compactions.size > compactionCountMax && oldest !== undefined) {
      this.#compactions.delete(oldest)
    }
  }

  get(id: bigint): Compaction | undefined {
    return this.#compactions.get(id)
  }

  /** Of these compactions each has come to the same plan. */
  note(ids: readonly bigint[], plan: CompactionPlan): void {
    for (const id of ids) {
      const found = this.#compactions.get(id)
      if (found === undefined) continue
      const key = plan.sources.join()
      const others = found.plans.filter(({ sources }) => sources.join() !== key)
      this.#compactions.set(id, { ...found, plans: [...others, plan] })
    }
  }

  end(ids: readonly bigint[]): void {
    for (const id of ids) {
      const found = this.#compactions.get(id)
      if (found !== undefined) this.#compactions.set(id, { ...found, state: 'completed' })
    }
  }
}
