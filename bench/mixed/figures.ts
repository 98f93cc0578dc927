import type { Figure } from '../lib/figure.ts'
import { quantile } from '../lib/statistics.ts'
import { type CallKind, type ClientsResult, callKinds } from './clients.ts'
import type { MixedSettings } from './options.ts'
import type { WatchFacts } from './watch.ts'

export interface MixedFacts {
  readonly settings: MixedSettings
  readonly prepareSeconds: number
  readonly result: ClientsResult
  readonly serverCpuSeconds: number
  readonly watched: readonly WatchFacts[]
  /** Of searches at their own timestamps. */
  readonly recall: number
  readonly judgedCount: number
  readonly writeCount: number
  /** Rows that are left by the ledger, and by the server's count. */
  readonly rowCountExpected: number
  readonly rowCountFound: number
}

const recallMin = 0.95

export function mixedFigures(facts: MixedFacts): readonly Figure[] {
  const { result, watched } = facts
  const failed = [...result.failures.values()].reduce((sum, count) => sum + count, 0)
  return [
    {
      key: 'callsPerSecond',
      title: 'all calls',
      note: `${facts.settings.clientCount} clients`,
      value: callCountOf(result) / result.seconds,
      unit: 'calls/s',
    },
    ...callKinds.flatMap((kind) => kindFigures(kind, result)),
    {
      key: 'failed',
      title: 'calls that failed',
      value: failed,
      unit: '',
      target: { kind: 'atMost', value: 0 },
    },
    {
      key: 'recall',
      title: 'recall of the searches',
      note: `${facts.judgedCount} of them, each at its own timestamp`,
      value: facts.recall,
      unit: '',
      target: { kind: 'atLeast', value: recallMin },
    },
    {
      key: 'rowsMissing',
      title: 'rows in the end, off from the ledger by',
      value: Math.abs(facts.rowCountFound - facts.rowCountExpected),
      unit: '',
      target: { kind: 'atMost', value: 0 },
    },
    {
      key: 'serverCpuUsPerCall',
      title: "server's CPU per call",
      value: (facts.serverCpuSeconds * 1e6) / callCountOf(result),
      unit: 'µs',
    },
    ...watchFigures(watched),
  ]
}

function callCountOf({ latenciesMs }: ClientsResult): number {
  return callKinds.reduce((sum, kind) => sum + latenciesMs[kind].length, 0)
}

function kindFigures(kind: CallKind, { latenciesMs, seconds }: ClientsResult): readonly Figure[] {
  const latencies = latenciesMs[kind]
  return [
    {
      key: `${kind}.callsPerSecond`,
      title: kind,
      value: latencies.length / seconds,
      unit: 'calls/s',
    },
    {
      key: `${kind}.p50Ms`,
      title: '– 50th percentile',
      value: quantile(latencies, 0.5),
      unit: 'ms',
    },
    {
      key: `${kind}.p99Ms`,
      title: '– 99th percentile',
      value: quantile(latencies, 0.99),
      unit: 'ms',
    },
  ]
}

/** The first moment, the middle one and the last; the JSON file has all. */
function watchFigures(watched: readonly WatchFacts[]): readonly Figure[] {
  const places = [0, (watched.length - 1) >> 1, watched.length - 1]
  return places.flatMap((place) => {
    const moment = watched[place]
    if (moment === undefined) return []
    const at = `after ${Math.round(moment.atSeconds)} s`
    return [
      {
        key: `resident.${place}`,
        title: `memory of the server ${at}`,
        value: moment.residentBytes / 1e6,
        unit: 'MB',
      },
      {
        key: `segments.${place}`,
        title: `segments ${at}`,
        note: `${moment.growingCount} growing`,
        value: moment.segmentCount,
        unit: '',
      },
    ] satisfies Figure[]
  })
}
