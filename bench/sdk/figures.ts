import type { DataSet } from '../lib/data-set.ts'
import type { Figure } from '../lib/figure.ts'
import { median } from '../lib/statistics.ts'
import type { EmptyStart } from './empty.ts'
import type { IndexBuildFacts } from './index-searcher.ts'
import type { LoadFacts } from './load.ts'
import type { SdkSettings } from './options.ts'
import type { RestartFacts } from './restart.ts'
import type { ElanusTurnFacts, SearchFacts, TurnFacts } from './search.ts'

export interface SdkFacts {
  readonly dataSet: Pick<DataSet, 'count' | 'dimension'>
  readonly settings: SdkSettings
  readonly emptyStarts: readonly EmptyStart[]
  readonly load: LoadFacts
  /** The index built by one thread without a server. */
  readonly bareBuild: IndexBuildFacts
  readonly search: SearchFacts
  readonly residentAfterSearch: number
  readonly residentPeak: number
  readonly restarts: readonly RestartFacts[]
}

const megabyte = 1e6

/** The bench's table. Targets are those of fashion-mnist, of which most hold for any set. */
export function sdkFigures(facts: SdkFacts): readonly Figure[] {
  return [
    ...insertFigures(facts),
    ...indexFigures(facts),
    {
      key: 'search.indexCpuUs',
      title: "index's own CPU per search",
      note: 'one thread, no server',
      value: indexCpuUs(facts),
      unit: 'µs',
    },
    ...facts.settings.concurrencies.flatMap((concurrency) => searchFigures(facts, concurrency)),
    togetherFigure(facts),
    ...memoryFigures(facts),
    ...startFigures(facts),
  ]
}

function insertFigures({ dataSet, load, settings }: SdkFacts): readonly Figure[] {
  const rate = dataSet.count / load.insert.seconds
  const nullRate = median(load.nullInserts.map(({ seconds }) => dataSet.count / seconds))
  const rowBytes = dataSet.dimension * Float32Array.BYTES_PER_ELEMENT
  return [
    {
      key: 'insert.rowsPerSecond',
      title: 'insert',
      note: `official client, batches of ${settings.batchRowCount}`,
      value: rate,
      unit: 'rows/s',
    },
    {
      key: 'insert.payloadMegabytesPerSecond',
      title: 'insert, vector payload',
      value: (rate * rowBytes) / megabyte,
      unit: 'MB/s',
    },
    {
      key: 'insert.nullRowsPerSecond',
      title: 'insert into a server that only acknowledges',
      value: nullRate,
      unit: 'rows/s',
    },
    {
      key: 'insert.ratioToNull',
      title: 'insert ÷ that',
      value: rate / nullRate,
      unit: '×',
      target: { kind: 'atLeast', value: 0.6 },
    },
    {
      key: 'insert.serverCpuUsPerRow',
      title: 'insert, server CPU per row',
      value: (load.insertCpuSeconds * 1e6) / dataSet.count,
      unit: 'µs',
    },
  ]
}

function indexFigures({ bareBuild, load, settings }: SdkFacts): readonly Figure[] {
  const probe = load.probes.get('elanus')
  const control = load.probes.get('echo')
  return [
    { key: 'flush.seconds', title: 'flush', value: load.flushSeconds, unit: 's' },
    { key: 'build.seconds', title: 'index build, HNSW', value: load.buildSeconds, unit: 's' },
    {
      key: 'build.bareSeconds',
      title: 'the same index built by one thread without a server',
      value: bareBuild.seconds,
      unit: 's',
    },
    {
      key: 'build.untilIndexedSeconds',
      title: 'first insert to fully indexed',
      value: load.untilIndexedSeconds,
      unit: 's',
    },
    { key: 'load.seconds', title: 'load the collection', value: load.loadSeconds, unit: 's' },
    {
      key: 'build.probeP99Ms',
      title: 'unary call while the index builds, p99',
      note: `one every ${settings.probeIntervalMs} ms`,
      value: probe?.p99Ms ?? Number.NaN,
      unit: 'ms',
      target: { kind: 'atMost', value: 20 },
    },
    {
      key: 'build.echoProbeP99Ms',
      title: 'the same to an idle echo server, p99',
      note: 'what the busy machine itself costs',
      value: control?.p99Ms ?? Number.NaN,
      unit: 'ms',
    },
  ]
}

function searchFigures(facts: SdkFacts, concurrency: number): readonly Figure[] {
  const { search, settings } = facts
  const isMost = concurrency === Math.max(...settings.concurrencies)
  const at = <Turn extends TurnFacts>(turns: readonly Turn[]): readonly Turn[] =>
    turns.filter((turn) => turn.concurrency === concurrency)
  const elanus = at<ElanusTurnFacts>(search.elanus)
  const echo = at(search.echo)
  const middle = <Turn>(turns: readonly Turn[], of: (turn: Turn) => number): number =>
    median(turns.map(of))
  const rate = middle(elanus, (turn) => turn.callsPerSecond)
  const echoRate = middle(echo, (turn) => turn.callsPerSecond)
  const cpu = middle(elanus, (turn) => turn.serverCpuUsPerCall)
  const echoCpu = middle(echo, (turn) => turn.serverCpuUsPerCall)
  const key = `search.at${concurrency}`
  const calls = concurrency === 1 ? '1 call at a time' : `${concurrency} calls at a time`
  const recall: Figure = {
    key: `${key}.recall`,
    title: `recall@${settings.topk}, ${calls}`,
    note: 'default ef',
    value: middle(elanus, (turn) => turn.recall),
    unit: '',
    target: { kind: 'atLeast', value: 0.95 },
  }
  return [
    { key: `${key}.callsPerSecond`, title: `search, ${calls}`, value: rate, unit: 'calls/s' },
    { key: `${key}.p50Ms`, title: 'p50', value: middle(elanus, (turn) => turn.p50Ms), unit: 'ms' },
    { key: `${key}.p99Ms`, title: 'p99', value: middle(elanus, (turn) => turn.p99Ms), unit: 'ms' },
    recall,
    { key: `${key}.echoCallsPerSecond`, title: `echo, ${calls}`, value: echoRate, unit: 'calls/s' },
    {
      key: `${key}.ratioToEcho`,
      title: 'search ÷ echo',
      value: rate / echoRate,
      unit: '×',
      ...(isMost ? { target: { kind: 'atLeast', value: 0.5 } } : {}),
    },
    { key: `${key}.serverCpuUs`, title: 'server CPU per search', value: cpu, unit: 'µs' },
    { key: `${key}.echoCpuUs`, title: 'echo CPU per call', value: echoCpu, unit: 'µs' },
    {
      key: `${key}.cpuRatio`,
      title: 'server CPU ÷ (echo + index)',
      value: cpu / (echoCpu + indexCpuUs(facts)),
      unit: '×',
      ...(isMost ? { target: { kind: 'atMost', value: 1.4 } } : {}),
    },
  ]
}

function togetherFigure({ search, settings }: SdkFacts): Figure {
  const most = Math.max(...settings.concurrencies)
  const turns = search.elanus.filter(({ concurrency }) => concurrency === most)
  const cpu = median(turns.map(({ serverCpuUsPerCall }) => serverCpuUsPerCall))
  const both = search.together.map((turn) => turn.echoCpuUsPerCall + turn.indexCpuUsPerQuery)
  return {
    key: `search.at${most}.cpuRatioTogether`,
    title: 'the same, echo and index being busy at the same time',
    note: 'as they are in a server: they share caches and memory',
    value: cpu / median(both),
    unit: '×',
  }
}

function indexCpuUs({ search }: SdkFacts): number {
  return median(search.index.map(({ cpuUsPerQuery }) => cpuUsPerQuery))
}

function memoryFigures(facts: SdkFacts): readonly Figure[] {
  const { dataSet, load } = facts
  const rawBytes = dataSet.count * dataSet.dimension * Float32Array.BYTES_PER_ELEMENT
  const emptyBytes = median(facts.emptyStarts.map(({ residentBytes }) => residentBytes))
  const megabytes = (bytes: number): number => bytes / megabyte
  return [
    {
      key: 'memory.empty',
      title: 'resident memory, empty server',
      value: megabytes(emptyBytes),
      unit: 'MB',
      target: { kind: 'atMost', value: 120 },
    },
    {
      key: 'memory.afterLoad',
      title: 'resident memory, collection loaded',
      note: `raw vectors are ${Math.round(megabytes(rawBytes))} MB`,
      value: megabytes(load.usageAfterLoad.residentBytes),
      unit: 'MB',
      target: { kind: 'atMost', value: megabytes(2.2 * rawBytes + emptyBytes) },
    },
    {
      key: 'memory.afterSearch',
      title: 'resident memory, after the searches',
      value: megabytes(facts.residentAfterSearch),
      unit: 'MB',
    },
    {
      key: 'memory.peak',
      title: 'resident memory, peak',
      value: megabytes(facts.residentPeak),
      unit: 'MB',
    },
    { key: 'disk.size', title: 'size on disk', value: megabytes(load.bytesOnDisk), unit: 'MB' },
  ]
}

function startFigures({ emptyStarts, load, restarts }: SdkFacts): readonly Figure[] {
  return [
    {
      key: 'start.emptyReadyMs',
      title: 'empty server ready',
      value: median(emptyStarts.map(({ readyMs }) => readyMs)),
      unit: 'ms',
      target: { kind: 'atMost', value: 1_000 },
    },
    ...restarts.flatMap((restart): readonly Figure[] => {
      const { endedBy } = restart
      return [
        {
          key: `restart.${endedBy}.firstAnswerSeconds`,
          title: `restart after ${endedBy} to the first answer`,
          value: restart.firstAnswerMs / 1000,
          unit: 's',
          target: { kind: 'atMost', value: 3 },
        },
        {
          key: `restart.${endedBy}.cpuShareOfBuild`,
          title: 'CPU used until then ÷ the index build’s',
          note: 'about 1 if it were built again',
          value: restart.usageAtFirstAnswer.cpuSeconds / load.buildCpuSeconds,
          unit: '×',
        },
        {
          key: `restart.${endedBy}.sameAnswers`,
          title: 'answers that are the same as before',
          value: 100 * restart.sameAnswerShare,
          unit: '%',
          target: { kind: 'atLeast', value: 100 },
        },
        {
          key: `restart.${endedBy}.resident`,
          title: 'resident memory then',
          value: restart.usageAtFirstAnswer.residentBytes / megabyte,
          unit: 'MB',
        },
      ]
    }),
  ]
}
