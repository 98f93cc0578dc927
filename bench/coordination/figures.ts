import type { Figure } from '../lib/figure.ts'
import type { CallFacts } from './call-rates.ts'
import type { CollectionFacts } from './many-collections.ts'
import type { SegmentFacts } from './many-segments.ts'
import type { CoordinationSettings } from './options.ts'

export interface CoordinationFacts {
  readonly settings: CoordinationSettings
  readonly calls: CallFacts
  readonly collections: CollectionFacts
  readonly segments: SegmentFacts
}

const megabyte = 1e6

export function coordinationFigures(facts: CoordinationFacts): readonly Figure[] {
  return [...callFigures(facts), ...collectionFigures(facts), ...segmentFigures(facts)]
}

function callFigures({ calls, settings }: CoordinationFacts): readonly Figure[] {
  const { concurrency } = settings
  const several = [
    { name: 'allocTimestamp', title: 'AllocTimestamp' },
    { name: 'allocID', title: 'AllocID' },
    { name: 'assignSegmentID', title: 'AssignSegmentID' },
  ] as const
  const rates = several.flatMap(({ name, title }): Figure[] => [
    {
      key: `${name}.local`,
      title: `${title}, in process`,
      note: `${concurrency} callers`,
      value: calls.local[name],
      unit: 'calls/s',
    },
    {
      key: `${name}.grpc`,
      title: `${title}, over gRPC`,
      note: `${concurrency} callers`,
      value: calls.remote[name],
      unit: 'calls/s',
    },
    {
      key: `${name}.ratioToEcho`,
      title: `${title}, over gRPC ÷ echo`,
      value: calls.remote[name] / calls.echoRate,
      unit: '×',
    },
  ])
  return [
    {
      key: 'echo.callsPerSecond',
      title: 'gRPC that answers nothing (echo)',
      note: `${concurrency} callers`,
      value: calls.echoRate,
      unit: 'calls/s',
    },
    ...rates,
    ...definitionFigures(calls),
  ]
}

function definitionFigures({ local, remote, syncRate }: CallFacts): readonly Figure[] {
  return [
    {
      key: 'disk.syncsPerSecond',
      title: 'durable appends of 1 KiB, one after the other',
      note: 'fdatasync',
      value: syncRate,
      unit: 'calls/s',
    },
    {
      key: 'definitions.local',
      title: 'definitions (create or drop a collection), in process',
      note: '1 caller',
      value: local.definitions,
      unit: 'calls/s',
    },
    {
      key: 'definitions.grpc',
      title: 'definitions, over gRPC',
      note: '1 caller',
      value: remote.definitions,
      unit: 'calls/s',
    },
    {
      key: 'definitions.ratioToSync',
      title: 'definitions, in process ÷ durable appends',
      value: local.definitions / syncRate,
      unit: '×',
    },
  ]
}

function collectionFigures({ collections, settings }: CoordinationFacts): readonly Figure[] {
  const count = settings.collectionCount.toLocaleString('en-US')
  const { createSeconds, listSeconds, residentBytes, residentEmptyBytes, restart } = collections
  return [
    {
      key: 'collections.createPerSecond',
      title: `${count} collections created over gRPC`,
      note: `${settings.concurrency} callers`,
      value: settings.collectionCount / createSeconds,
      unit: 'calls/s',
    },
    {
      key: 'collections.listMs',
      title: `${count} collections listed`,
      value: listSeconds * 1_000,
      unit: 'ms',
    },
    {
      key: 'collections.residentMegabytes',
      title: `memory that ${count} collections add`,
      value: (residentBytes - residentEmptyBytes) / megabyte,
      unit: 'MB',
    },
    {
      key: 'collections.restartSeconds',
      title: `restart with ${count} collections`,
      value: restart.readyMs / 1_000,
      unit: 's',
    },
    {
      key: 'collections.restartMegabytes',
      title: `memory after that restart`,
      value: restart.residentBytes / megabyte,
      unit: 'MB',
    },
  ]
}

function segmentFigures({ segments, settings }: CoordinationFacts): readonly Figure[] {
  const count = settings.segmentCount.toLocaleString('en-US')
  const binlogs = segments.binlogCount.toLocaleString('en-US')
  return [
    {
      key: 'segments.restartSeconds',
      title: `restart with ${count} segments`,
      note: `${binlogs} binlogs`,
      value: segments.restart.readyMs / 1_000,
      unit: 's',
      target: { kind: 'atMost', value: 5 },
    },
    {
      key: 'segments.listedSeconds',
      title: `restart until all ${count} are listed`,
      value: segments.listedSeconds,
      unit: 's',
    },
    {
      key: 'segments.residentMegabytes',
      title: `memory with ${count} segments`,
      value: segments.restart.residentBytes / megabyte,
      unit: 'MB',
    },
  ]
}
