import type { Figure } from '../lib/figure.ts'
import { medianOf, type SceneFacts } from './measure.ts'
import type { FilterSettings } from './options.ts'

export interface FilterFacts {
  readonly settings: FilterSettings
  readonly insertSeconds: number
  /** From the last insert to the last row that is indexed and loaded, scalars too. */
  readonly prepareSeconds: number
  readonly residentBytes: number
  readonly scenes: readonly SceneFacts[]
}

const recallMin = 0.95

export function filterFigures(facts: FilterFacts): readonly Figure[] {
  const { scenes, settings } = facts
  return [
    {
      key: 'prepareSeconds',
      title: 'flush, index and load',
      note: `${settings.indexType}, and three scalar indexes`,
      value: facts.prepareSeconds,
      unit: 's',
    },
    {
      key: 'residentMegabytes',
      title: 'memory of the server after all',
      value: facts.residentBytes / 1e6,
      unit: 'MB',
    },
    ...scenes.flatMap(sceneFigures),
    ...ratioFigures(scenes),
  ]
}

function sceneFigures(scene: SceneFacts): readonly Figure[] {
  const isCount = scene.key.startsWith('count.')
  return [
    {
      key: `${scene.key}.callsPerSecond`,
      title: scene.title,
      value: medianOf(scene, 'callsPerSecond'),
      unit: 'calls/s',
    },
    {
      key: `${scene.key}.${isCount ? 'rightShare' : 'recall'}`,
      title: isCount ? '– right counts' : '– recall',
      value: scene.correctness,
      unit: '',
      target: { kind: 'atLeast', value: isCount ? 1 : recallMin },
    },
    {
      key: `${scene.key}.p99Ms`,
      title: '– 99th percentile',
      value: medianOf(scene, 'p99Ms'),
      unit: 'ms',
    },
  ]
}

/** What an index on scalars gains, where both sides were measured. */
function ratioFigures(scenes: readonly SceneFacts[]): readonly Figure[] {
  return scenes.flatMap((scanned) => {
    if (!scanned.key.endsWith('.scanned')) return []
    const key = scanned.key.slice(0, -'.scanned'.length)
    const indexed = scenes.find((scene) => scene.key === `${key}.indexed`)
    return [
      {
        key: `${key}.ratio`,
        title: `${scanned.title.replace(/, no index$/, '')}: index over no index`,
        value: medianOf(indexed, 'callsPerSecond') / medianOf(scanned, 'callsPerSecond'),
        unit: '×',
      } satisfies Figure,
    ]
  })
}
