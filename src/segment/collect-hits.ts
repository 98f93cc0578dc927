import type { FieldId } from '../base/int64.ts'
import type { GroupKey } from './group-keys.ts'
import { type ScoreBounds, type ScorePlace, scorePlaces } from './score-bounds.ts'
import type { SegmentSearch } from './search-segments.ts'

/** How far the hits of a query reach. */
export type SearchReach =
  /** The nearest `topk` of those within bounds. */
  | { readonly kind: 'nearest'; readonly bounds: ScoreBounds }
  /**
   * The nearest `topk` of those within bounds, exactly, and all that tie with the last: the next
   * page comes after its score.
   */
  | { readonly kind: 'page'; readonly bounds: ScoreBounds }
  /**
   * The nearest `topk` groups, each of at most `groupSize` rows: of all rows when strict, else of
   * those that were met until there were enough groups.
   */
  | {
      readonly kind: 'groups'
      readonly fieldId: FieldId
      readonly groupSize: number
      readonly isStrict: boolean
      /** The group of rows that lack the field; see `keyOfAbsent`. */
      readonly absentKey?: GroupKey
    }

export interface QueryHit {
  readonly segmentIndex: number
  readonly offset: number
  readonly score: number
  readonly key: bigint | string
}

/** Takes one query's hits, each key's best row first, best score first as far as they are exact. */
export interface HitCollector {
  /** Whether nothing up to this score is wanted. */
  isBefore(score: number): boolean
  /** Whether nothing of this score or beyond is wanted any more. */
  isPast(score: number): boolean
  offer(hit: QueryHit): void
  /** What to do when one segment's hits are used up and it may have more. */
  whenCut(): 'look deeper' | 'enough' | 'go on'
  /** Best first. */
  finish(): readonly QueryHit[]
}

/** What a group's rows are told by: place in the list of segments, and row. */
export type GroupOf = (segmentIndex: number, offset: number) => GroupKey

export function collectorOf(search: SegmentSearch, groupOf: GroupOf): HitCollector {
  const { metric, topk, reach } = search
  if (reach?.kind === 'groups') return new GroupCollector(topk, reach, groupOf)
  const placeOf = scorePlaces(metric, reach?.bounds ?? {})
  return new NearestCollector(topk, reach?.kind ?? 'nearest', placeOf)
}

class NearestCollector implements HitCollector {
  readonly #topk: number
  readonly #kind: 'nearest' | 'page'
  readonly #placeOf: (score: number) => ScorePlace
  readonly #hits: QueryHit[] = []

  constructor(topk: number, kind: 'nearest' | 'page', placeOf: (score: number) => ScorePlace) {
    this.#topk = topk
    this.#kind = kind
    this.#placeOf = placeOf
  }

  isBefore(score: number): boolean {
    return this.#placeOf(score) === 'too near'
  }

  isPast(score: number): boolean {
    // What ties with the last hit is still looked at, so that the key decides and not the place.
    if (this.#isFull && score !== this.#hits.at(-1)?.score) return true
    return this.#placeOf(score) === 'too far'
  }

  offer(hit: QueryHit): void {
    this.#hits.push(hit)
  }

  whenCut(): 'look deeper' | 'go on' {
    return this.#isFull && this.#kind === 'nearest' ? 'go on' : 'look deeper'
  }

  finish(): readonly QueryHit[] {
    sortTies(this.#hits)
    return this.#kind === 'page' ? this.#hits : this.#hits.slice(0, this.#topk)
  }

  get #isFull(): boolean {
    return this.#hits.length >= this.#topk
  }
}

class GroupCollector implements HitCollector {
  readonly #groupCountMax: number
  readonly #groupSize: number
  readonly #isStrict: boolean
  readonly #groupOf: GroupOf
  /** In the order of their best rows. */
  readonly #groups = new Map<GroupKey, QueryHit[]>()
  #fullCount = 0

  constructor(
    groupCountMax: number,
    reach: { readonly groupSize: number; readonly isStrict: boolean },
    groupOf: GroupOf,
  ) {
    this.#groupCountMax = groupCountMax
    this.#groupSize = reach.groupSize
    this.#isStrict = reach.isStrict
    this.#groupOf = groupOf
  }

  isBefore(): boolean {
    return false
  }

  isPast(): boolean {
    return this.#fullCount === this.#groupCountMax
  }

  offer(hit: QueryHit): void {
    const group = this.#group(this.#groupOf(hit.segmentIndex, hit.offset))
    if (group === undefined || group.length === this.#groupSize) return
    group.push(hit)
    if (group.length === this.#groupSize) this.#fullCount += 1
  }

  whenCut(): 'look deeper' | 'enough' {
    if (this.#groups.size < this.#groupCountMax) return 'look deeper'
    return this.#isStrict ? 'look deeper' : 'enough'
  }

  finish(): readonly QueryHit[] {
    const groups = [...this.#groups.values()]
    for (const group of groups) sortTies(group)
    return groups.flat()
  }

  /** Undefined when it is a new one and there are enough. */
  #group(key: GroupKey): QueryHit[] | undefined {
    const known = this.#groups.get(key)
    if (known !== undefined || this.#groups.size === this.#groupCountMax) return known
    const opened: QueryHit[] = []
    this.#groups.set(key, opened)
    return opened
  }
}

/** Hits come best first; those of one score are put in the order of their keys. */
function sortTies(hits: QueryHit[]): void {
  for (let from = 0; from + 1 < hits.length; from++) {
    if (hits[from]?.score !== hits[from + 1]?.score) continue
    let to = from + 1
    while (to < hits.length && hits[to]?.score === hits[from]?.score) to += 1
    const tied = hits.slice(from, to).sort((left, right) => (left.key < right.key ? -1 : 1))
    // Not spread into a call: there may be more of them than a call takes.
    for (const [index, hit] of tied.entries()) hits[from + index] = hit
    from = to - 1
  }
}
