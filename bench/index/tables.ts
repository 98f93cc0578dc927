import { markdownTable } from '../lib/figure.ts'
import type { BuildFacts } from './contender-process.ts'
import { type Point, qpsAt } from './frontier.ts'
import { type Ratio, ratioRecalls, type Scaling } from './ratios.ts'

export interface BuildRow {
  readonly title: string
  readonly count: number
  readonly dimension: number
  readonly build: BuildFacts
}

export function buildTable(rows: readonly BuildRow[]): string {
  const header = [
    'built',
    'seconds',
    'vectors/s',
    'memory ÷ raw',
    'file ÷ raw',
    'load',
    'load GB/s',
  ]
  return markdownTable(
    header,
    rows.map(({ title, count, dimension, build }) => {
      const rawBytes = count * dimension * Float32Array.BYTES_PER_ELEMENT
      const { file, seconds, memoryBytes, rssBytes } = build
      // Where it does not say, the process's, which holds Node itself too.
      const memory = memoryBytes ?? rssBytes
      return [
        title,
        seconds.toFixed(1),
        whole(count / seconds),
        `${(memory / rawBytes).toFixed(2)}${memoryBytes === undefined ? ' ¹' : ''}`,
        file === undefined ? '–' : (file.sizeBytes / rawBytes).toFixed(2),
        file === undefined ? '–' : `${(file.loadSeconds * 1000).toFixed(0)} ms`,
        file === undefined ? '–' : (file.sizeBytes / file.loadSeconds / 1e9).toFixed(2),
      ]
    }),
  )
}

export interface CurveRow {
  readonly title: string
  readonly points: readonly Point[]
}

/** Queries a second at the recalls of the ratios, and the settings that were measured. */
export function speedTable(what: string, rows: readonly CurveRow[]): string {
  const header = [what, ...ratioRecalls.map((recall) => `at ${recall.toFixed(2)}`), 'best recall']
  return markdownTable(
    header,
    rows.map(({ title, points }) => [
      title,
      ...ratioRecalls.map((recall) => whole(qpsAt(points, recall))),
      Math.max(...points.map(({ recall }) => recall)).toFixed(4),
    ]),
  )
}

export function curveTable(rows: readonly CurveRow[]): string {
  return markdownTable(
    ['searched', 'width', 'recall@10', 'queries/s'],
    rows.flatMap(({ title, points }) =>
      points.map(({ width, recall, qps }) => [
        title,
        width === 0 ? '–' : String(width),
        recall.toFixed(4),
        whole(qps),
      ]),
    ),
  )
}

export function ratioTable(ratios: readonly Ratio[]): string {
  return markdownTable(
    ['best of Elanus', 'against', 'recall', 'queries/s ÷', 'build ÷', 'threads'],
    ratios.map((ratio) => [
      ratio.index,
      ratio.against,
      ratio.recall.toFixed(2),
      ratio.qpsRatio === undefined ? 'not reached' : `${ratio.qpsRatio.toFixed(2)} ×`,
      `${ratio.buildRatio.toFixed(2)} ×`,
      `${ratio.threads} : ${ratio.peerThreads}`,
    ]),
  )
}

function whole(number: number | undefined): string {
  return number === undefined ? '–' : Math.round(number).toLocaleString('en-US')
}

export function scalingTable(scaling: readonly Scaling[]): string {
  return markdownTable(
    ['threads against one', 'threads', 'build ÷', 'queries/s ÷ at 0.95'],
    scaling.map(({ type, threads, buildRatio, qpsRatio }) => [
      type,
      String(threads),
      `${buildRatio.toFixed(2)} ×`,
      qpsRatio === undefined ? '–' : `${qpsRatio.toFixed(2)} ×`,
    ]),
  )
}
