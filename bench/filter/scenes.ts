import type { Random } from '../../src/base/random.ts'
import { seededRandom } from '../../src/base/random.ts'
import { filteredCollection, plainTwinOf, vectorField } from '../lib/filtered-collection.ts'
import {
  bucketRange,
  exactHits,
  labelCount,
  labelOf,
  type MadeUpRows,
  numberMax,
} from '../lib/made-up-rows.ts'
import { paths } from '../lib/milvus-messages.ts'
import { encodeCount, encodeSearch, requestPaths } from '../lib/milvus-requests.ts'
import type { FilterSettings } from './options.ts'

/** A kind of call that is measured, as bytes, and what its answers should be. */
export interface Scene {
  readonly key: string
  readonly title: string
  readonly path: string
  readonly concurrency: number
  readonly requests: readonly Buffer[]
  readonly expected: Expected
}

/** For each of the first requests the exact hits, or for each the exact count. */
export type Expected =
  | { readonly kind: 'hits'; readonly hits: readonly Int32Array[] }
  | { readonly kind: 'counts'; readonly counts: readonly number[] }

interface Condition {
  /** In Milvus's language, on fields of these names. */
  readonly filterOn: (nameOf: NameOf) => string
  readonly passes: (row: number) => boolean
}

type NameOf = (name: string) => string

/** The same filters on a field with an index and on its twin without. */
const sides: readonly { key: string; title: string; nameOf: NameOf }[] = [
  { key: 'indexed', title: 'index', nameOf: (name) => name },
  { key: 'scanned', title: 'no index', nameOf: plainTwinOf },
]

/**
 * Searches of each share with a filter each, which the server cannot have met; searches that share one
 * filter; searches by a label; searches of everything; and selective counts.
 */
export function makeScenes(rows: MadeUpRows, settings: FilterSettings): readonly Scene[] {
  const random = seededRandom(settings.seed + 2)
  const maker = new SearchScenes(rows, settings)
  const everything = rows.queries.map(() => ({ filterOn: () => '', passes: () => true }))
  const scenes = maker.make('search.all', 'search, no filter', everything).slice(0, 1)
  for (const share of settings.shares) {
    const key = `search.${100 * share}`
    const words = `search, ${100 * share} % pass`
    const own = rows.queries.map(() => bucketCondition(rows, share, random))
    scenes.push(...maker.make(key, `${words}, a filter each`, own))
    const one = bucketCondition(rows, share, random)
    const same = rows.queries.map(() => one)
    scenes.push(...maker.make(`${key}.repeated`, `${words}, one filter`, same).slice(0, 1))
  }
  const labels = rows.queries.map(() => labelCondition(rows, random))
  scenes.push(...maker.make('search.label', `search by one of ${labelCount} labels`, labels))
  return [...scenes, ...countScenes(rows, random)]
}

class SearchScenes {
  readonly #rows: MadeUpRows
  readonly #settings: FilterSettings

  constructor(rows: MadeUpRows, settings: FilterSettings) {
    this.#rows = rows
    this.#settings = settings
  }

  /** A condition for each query, on either side. */
  make(key: string, title: string, conditions: readonly Condition[]): readonly Scene[] {
    const { topk, ef, concurrency, judgedCount } = this.#settings
    const hits = this.#rows.queries
      .slice(0, judgedCount)
      .map((query, at) => exactHits(this.#rows, query, conditions[at]?.passes ?? none, topk))
    return sides.map((side) => ({
      key: `${key}.${side.key}`,
      title: `${title}, ${side.title}`,
      path: paths.search,
      concurrency,
      requests: this.#rows.queries.map((query, at) =>
        encodeSearch({
          collectionName: filteredCollection,
          vectorField,
          query,
          filter: conditions[at]?.filterOn(side.nameOf) ?? '',
          topk,
          ef,
        }),
      ),
      expected: { kind: 'hits', hits },
    }))
  }
}

function none(): boolean {
  return false
}

/** Counts that find a ten-thousandth of the rows, and a tenth; one at a time, as latency is the point. */
function countScenes(rows: MadeUpRows, random: Random): readonly Scene[] {
  const queryCount = rows.queries.length
  const narrow = Array.from({ length: queryCount }, () => numberCondition(rows, 1e-4, random))
  const labels = Array.from({ length: queryCount }, () => labelCondition(rows, random))
  return [
    ...countScene('count.number', 'count, 0.01 % pass, a filter each', narrow, rows),
    ...countScene(
      'count.label',
      'count by a label and a range',
      withRange(rows, labels, random),
      rows,
    ),
  ]
}

function countScene(
  key: string,
  title: string,
  conditions: readonly Condition[],
  rows: MadeUpRows,
): readonly Scene[] {
  const counts = conditions.map(({ passes }) => {
    let count = 0
    for (let row = 0; row < rows.count; row++) count += Number(passes(row))
    return count
  })
  return sides.map((side) => ({
    key: `${key}.${side.key}`,
    title: `${title}, ${side.title}`,
    path: requestPaths.query,
    concurrency: 1,
    requests: conditions.map(({ filterOn }) =>
      encodeCount(filteredCollection, filterOn(side.nameOf)),
    ),
    expected: { kind: 'counts', counts },
  }))
}

function bucketCondition({ buckets }: MadeUpRows, share: number, random: Random): Condition {
  const { from, to } = bucketRange(share, random)
  return {
    filterOn: (nameOf) => `${from} <= ${nameOf('bucket')} < ${to}`,
    passes: (row) => (buckets[row] ?? 0) >= from && (buckets[row] ?? 0) < to,
  }
}

function labelCondition({ labels }: MadeUpRows, random: Random): Condition {
  const wanted = random.below(labelCount)
  return {
    filterOn: (nameOf) => `${nameOf('label')} == '${labelOf(wanted)}'`,
    passes: (row) => labels[row] === wanted,
  }
}

function numberCondition({ numbers }: MadeUpRows, share: number, random: Random): Condition {
  const width = Math.round(share * numberMax)
  const from = random.below(numberMax - width)
  return {
    filterOn: (nameOf) => `${from} <= ${nameOf('number')} < ${from + width}`,
    passes: (row) => (numbers[row] ?? 0) >= from && (numbers[row] ?? 0) < from + width,
  }
}

/** Both, so that no two filters are the same. */
function withRange(
  rows: MadeUpRows,
  conditions: readonly Condition[],
  random: Random,
): readonly Condition[] {
  return conditions.map((condition) => {
    const range = numberCondition(rows, 0.5, random)
    return {
      filterOn: (nameOf) => `${condition.filterOn(nameOf)} and ${range.filterOn(nameOf)}`,
      passes: (row) => condition.passes(row) && range.passes(row),
    }
  })
}
