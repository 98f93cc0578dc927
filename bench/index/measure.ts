import { type Helper, startHelper } from '../lib/helper.ts'
import { median } from '../lib/statistics.ts'
import type { BuildFacts, ContenderProcess, SearchFacts } from './contender-process.ts'
import { type ContenderName, type ContenderSetup, titleOf } from './contenders/contender.ts'
import { parseTypeName, widthParameterOf } from './contenders/elanus.ts'
import { recallOf } from './exact-top.ts'
import type { Point } from './frontier.ts'
import type { IndexDataSource } from './index-data.ts'
import type { IndexBenchSettings } from './options.ts'

/** One contender, built and alive in its process. */
export interface Started extends AsyncDisposable {
  readonly setup: ContenderSetup
  readonly title: string
  readonly widths: readonly number[]
  readonly process: Helper<ContenderProcess>
  readonly build: BuildFacts
}

/** How a contender searches at one width. */
export interface SearchPoint extends Point {
  /** Of wall time; `qps` is of the searching thread's processor time. */
  readonly wallQps: number
}

export interface SearchCurve {
  readonly single: readonly SearchPoint[]
  /** All queries in one call, by all threads, of wall time. */
  readonly batch: readonly Point[]
}

const processFile = new URL('./contender-process.ts', import.meta.url)

/** Builds in a new process. One is built at a time: they would share the processors. */
export async function startContender(
  setup: ContenderSetup,
  source: IndexDataSource,
  options: { readonly workFolder: string; readonly settings: IndexBenchSettings },
): Promise<Started> {
  const { workFolder, settings } = options
  const process = await startHelper<ContenderProcess>(processFile)
  try {
    const build = await process.call('build', { setup, source, workFolder })
    const widths = widthsFor(setup.name, settings)
    const title = titleOf(setup)
    const dispose = async (): Promise<void> => {
      await process.call('close', undefined)
      await process[Symbol.asyncDispose]()
    }
    return { setup, title, widths, process, build, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await process[Symbol.asyncDispose]()
    throw error
  }
}

/** Zero where there is nothing to choose. */
function widthsFor(name: ContenderName, settings: IndexBenchSettings): readonly number[] {
  if (name.kind !== 'elanus') return settings.efs
  switch (widthParameterOf(parseTypeName(name.type))) {
    case 'ef':
      return settings.efs
    case 'nprobe':
      return settings.nprobes
    case undefined:
      return [0]
  }
}

/**
 * All contenders at all their widths, in turns: each round goes over the widths, and at each over the
 * contenders, so that whatever else the machine does meets all of them.
 */
export async function measureSearches(
  all: readonly Started[],
  exact: Int32Array,
  settings: IndexBenchSettings,
): Promise<ReadonlyMap<Started, SearchCurve>> {
  const { topk, roundCount, roundMsMin } = settings
  const singles = new Rounds()
  const batches = new Rounds()
  for (const { started, width } of turnsOf(all, roundCount)) {
    const task = { width, topk, roundMsMin }
    singles.add(started, width, await started.process.call('search', task))
    if (started.setup.threads === 1) continue
    batches.add(started, width, await started.process.call('searchBatch', task))
  }
  const curveOf = (started: Started): SearchCurve => ({
    single: singles.points(started, exact, topk),
    batch: batches.points(started, exact, topk).map(({ width, recall, wallQps }) => ({
      width,
      recall,
      qps: wallQps,
    })),
  })
  return new Map(all.map((started) => [started, curveOf(started)]))
}

export interface Turn {
  readonly round: number
  readonly started: Started
  readonly width: number
}

/** Round after round, the widths; at each the contenders, as far as they have so many. */
export function* turnsOf(all: readonly Started[], roundCount: number): Generator<Turn> {
  const stepCount = Math.max(0, ...all.map(({ widths }) => widths.length))
  for (let turn = 0; turn < roundCount * stepCount; turn++) {
    const round = Math.floor(turn / stepCount)
    for (const started of all) {
      const width = started.widths[turn % stepCount]
      if (width !== undefined) yield { round, started, width }
    }
  }
}

/** The searches of each contender at each width, round after round. */
export class Rounds {
  readonly #facts = new Map<Started, Map<number, SearchFacts[]>>()

  add(started: Started, width: number, facts: SearchFacts | undefined): void {
    if (facts === undefined) return
    const byWidth = this.#facts.get(started) ?? new Map<number, SearchFacts[]>()
    this.#facts.set(started, byWidth)
    byWidth.set(width, [...(byWidth.get(width) ?? []), facts])
  }

  points(started: Started, exact: Int32Array, topk: number): readonly SearchPoint[] {
    const byWidth = this.#facts.get(started) ?? new Map<number, SearchFacts[]>()
    return Array.from(byWidth, ([width, rounds]) => {
      const queryCount = (rounds[0]?.found.length ?? 0) / topk
      return {
        width,
        recall: recallOf(rounds[0]?.found ?? [], exact, topk),
        qps: queryCount / median(rounds.map((round) => round.cpuSeconds)),
        wallQps: queryCount / median(rounds.map((round) => round.seconds)),
      }
    })
  }
}
