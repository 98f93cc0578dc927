import type { ContenderSetup } from './contenders/contender.ts'
import { type Point, qpsAt } from './frontier.ts'

/** What a contender has shown, as far as ratios need it. */
export interface Outcome {
  readonly setup: Pick<ContenderSetup, 'name' | 'threads'>
  readonly title: string
  readonly buildSeconds: number
  /** One thread's searches. */
  readonly single: readonly Point[]
  /** Those of all its threads; empty where it has no such call. */
  readonly batch: readonly Point[]
}

/**
 * The best of ours against a peer: `threads` are ours, for the build and for searches. A peer that has
 * fewer is compared as it is.
 */
export interface Ratio {
  readonly dataset: string
  readonly index: string
  readonly against: string
  readonly recall: number
  /** Undefined where one of the two never reaches the recall. */
  readonly qpsRatio: number | undefined
  readonly buildRatio: number
  readonly threads: number
  readonly peerThreads: number
}

export const ratioRecalls = [0.9, 0.95, 0.99] as const

/** Every peer at every recall, for each number of threads that ours were built with. */
export function ratiosOf(dataset: string, outcomes: readonly Outcome[]): readonly Ratio[] {
  const own = outcomes.filter(({ setup }) => setup.name.kind === 'elanus')
  const peers = outcomes.filter(({ setup }) => setup.name.kind !== 'elanus')
  const threadCounts = [...new Set(own.map(({ setup }) => setup.threads))]
  return threadCounts.flatMap((threads) => {
    const ours = own.filter(({ setup }) => setup.threads === threads)
    return closestPeers(peers, threads).flatMap((peer) =>
      ratioRecalls.flatMap((recall) => {
        const best = bestAt(ours, recall, threads)
        if (best === undefined) return []
        const [mine, theirs] = [best.qps, speedAt(peer, recall, threads)]
        return {
          dataset,
          index: best.outcome.title,
          against: peer.title,
          recall,
          qpsRatio: theirs === undefined ? undefined : mine / theirs,
          buildRatio: peer.buildSeconds / best.outcome.buildSeconds,
          threads,
          peerThreads: peer.setup.threads,
        }
      }),
    )
  })
}

/** Of each peer the one with as many threads, or else with the most. */
function closestPeers(peers: readonly Outcome[], threads: number): readonly Outcome[] {
  const kinds = Map.groupBy(peers, ({ setup }) => JSON.stringify(setup.name))
  return Array.from(kinds.values(), (same) => {
    const byThreads = same.toSorted((a, b) => b.setup.threads - a.setup.threads)
    return byThreads.find(({ setup }) => setup.threads <= threads) ?? byThreads.at(-1)
  }).filter((peer) => peer !== undefined)
}

interface Best {
  readonly outcome: Outcome
  readonly qps: number
}

export function bestAt(
  outcomes: readonly Outcome[],
  recall: number,
  threads: number,
): Best | undefined {
  const reached = outcomes.flatMap((outcome) => {
    const qps = speedAt(outcome, recall, threads)
    return qps === undefined ? [] : [{ outcome, qps }]
  })
  return reached.toSorted((a, b) => b.qps - a.qps)[0]
}

/** With more threads than one it is batches that count, where there are any. */
function speedAt(outcome: Outcome, recall: number, threads: number): number | undefined {
  const isBatch = threads > 1 && outcome.batch.length > 0
  return qpsAt(isBatch ? outcome.batch : outcome.single, recall)
}

/** How much faster our own builds get with threads. */
export interface Scaling {
  readonly type: string
  readonly threads: number
  /** Seconds with one thread ÷ seconds with these. */
  readonly buildRatio: number
  /** Batches by these threads ÷ searches by one, at recall 0.95; undefined where not reached. */
  readonly qpsRatio: number | undefined
}

export function scalingOf(outcomes: readonly Outcome[]): readonly Scaling[] {
  return outcomes.flatMap((outcome) => {
    const { name, threads } = outcome.setup
    if (name.kind !== 'elanus' || threads === 1) return []
    const alone = outcomes.find(
      ({ setup }) =>
        setup.name.kind === 'elanus' && setup.name.type === name.type && setup.threads === 1,
    )
    if (alone === undefined) return []
    const [together, single] = [qpsAt(outcome.batch, 0.95), qpsAt(alone.single, 0.95)]
    const isKnown = together !== undefined && single !== undefined
    return {
      type: name.type,
      threads,
      buildRatio: alone.buildSeconds / outcome.buildSeconds,
      qpsRatio: isKnown ? together / single : undefined,
    }
  })
}

/** The best of ours against the best peer that can filter, at recall 0.95. */
export interface FilteredRatio {
  readonly dataset: string
  readonly passing: number
  readonly index: string
  readonly against: string
  readonly recall: number
  readonly qpsRatio: number
}

export interface FilteredRows {
  readonly passing: number
  readonly rows: readonly (Pick<Outcome, 'setup' | 'title'> & {
    readonly points: readonly Point[]
  })[]
}

const filteredRecall = 0.95

export function filteredRatios(
  dataset: string,
  measured: readonly FilteredRows[],
): readonly FilteredRatio[] {
  return measured.flatMap(({ passing, rows }) => {
    const reached = rows
      .flatMap(({ setup, title, points }) => {
        const qps = qpsAt(points, filteredRecall)
        return qps === undefined ? [] : [{ title, qps, isOurs: setup.name.kind === 'elanus' }]
      })
      .toSorted((a, b) => b.qps - a.qps)
    const ours = reached.find(({ isOurs }) => isOurs)
    const peer = reached.find(({ isOurs }) => !isOurs)
    if (ours === undefined || peer === undefined) return []
    const qpsRatio = ours.qps / peer.qps
    const names = { index: ours.title, against: peer.title }
    return { dataset, passing, ...names, recall: filteredRecall, qpsRatio }
  })
}
