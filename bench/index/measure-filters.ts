import { exactTop } from './exact-top.ts'
import { type IndexDataSource, labelCount, readBase, readQueries } from './index-data.ts'
import { Rounds, type SearchPoint, type Started, turnsOf } from './measure.ts'
import type { IndexBenchSettings } from './options.ts'

/** How contenders search when so many rows pass, which have nothing to do with the query. */
export interface FilteredCurves {
  /** Of all rows, 0 to 1. */
  readonly passing: number
  readonly curves: ReadonlyMap<Started, readonly SearchPoint[]>
}

/** A contender that takes longer for one round is not asked again. */
const roundSecondsMax = 10

/** In turns, as `measureSearches`. Contenders that have no filters are left out. */
export async function measureFilters(
  all: readonly Started[],
  source: IndexDataSource,
  settings: IndexBenchSettings,
): Promise<readonly FilteredCurves[]> {
  const { topk, filterQueryCount: queryCount } = settings
  const { dimension, metric, queries, labels } = await readQueries(source)
  const asked = queries.subarray(0, queryCount * dimension)
  const measured: FilteredCurves[] = []
  for (const below of settings.passingLabels) {
    // Read again each time: contenders need the memory meanwhile.
    const base = await readBase(source)
    const isIn = (row: number): boolean => (labels[row] ?? 0) < below
    const exact = exactTop({ base, queries: asked, dimension, metric, topk, isIn })
    const rounds = await runRounds(all, below, settings)
    const curves = new Map<Started, readonly SearchPoint[]>()
    for (const started of all) {
      const points = rounds.points(started, exact, topk)
      if (points.length > 0) curves.set(started, points)
    }
    measured.push({ passing: below / labelCount, curves })
  }
  return measured
}

async function runRounds(
  all: readonly Started[],
  below: number,
  settings: IndexBenchSettings,
): Promise<Rounds> {
  const { topk, roundCount, roundMsMin, filterQueryCount: queryCount } = settings
  const rounds = new Rounds()
  const slow = new Set<Started>()
  for (const { started, width } of turnsOf(all, roundCount)) {
    if (slow.has(started)) continue
    const task = { width, topk, roundMsMin, below, queryCount }
    const facts = await started.process.call('searchLabelled', task)
    rounds.add(started, width, facts)
    if ((facts?.seconds ?? 0) > roundSecondsMax) slow.add(started)
  }
  return rounds
}
