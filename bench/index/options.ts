import { parseArgs } from 'node:util'
import { ElanusError } from '../../src/base/errors.ts'
import { indexTypeNames } from '../../src/vector-index/index-type-names.ts'
import { indexTypes } from '../../src/vector-index/index-types.ts'
import type { ContenderName } from './contenders/contender.ts'

export interface IndexBenchOptions {
  /** A data set's folder; undefined: one is made up, of this shape. */
  readonly dataSetFolder: string | undefined
  readonly synthetic: SyntheticSize
  /** Measure the first rows alone. */
  readonly rowCount: number | undefined
  readonly jsonFile: string
  readonly svgFile: string
  readonly contenders: readonly { readonly name: ContenderName; readonly threads: number }[]
  readonly settings: IndexBenchSettings
}

export interface SyntheticSize {
  readonly count: number
  readonly dimension: number
}

export interface IndexBenchSettings {
  readonly topk: number
  readonly linksMax: number
  readonly efConstruction: number
  readonly efs: readonly number[]
  readonly nprobes: readonly number[]
  /** Contenders take turns; figures are medians over the turns. */
  readonly roundCount: number
  /** All queries are searched for again until a turn has taken so long. */
  readonly roundMsMin: number
  /** Rows in thousandths that pass a filter; none: filters are not measured. */
  readonly passingLabels: readonly number[]
  readonly filterQueryCount: number
  readonly seed: number
}

export const usage =
  '[--dataset <folder> | --synthetic <rows>x<dimension>] [--rows <n>] [--types <t,...>] [--peers <p,...> | none] [--threads <n,...>] [--M <n>] [--efConstruction <n>] [--efs <n,...>] [--nprobes <n,...>] [--rounds <n>] [--no-filters] [--json <file>] [--svg <file>] [--quick]' as const

const text = { type: 'string' } as const

const options = {
  dataset: text,
  synthetic: text,
  rows: text,
  types: text,
  peers: text,
  threads: text,
  M: text,
  efConstruction: text,
  efs: text,
  nprobes: text,
  rounds: text,
  'no-filters': { type: 'boolean' },
  json: text,
  svg: text,
  quick: { type: 'boolean' },
} as const

const peers: Readonly<Record<string, ContenderName>> = {
  'hnswlib-node': { kind: 'hnswlib-node' },
  'hnswlib-wasm': { kind: 'hnswlib-wasm' },
  'usearch-f32': { kind: 'usearch', scalar: 'f32' },
  'usearch-i8': { kind: 'usearch', scalar: 'i8' },
}

/** Throws INVALID_ARGUMENT for anything but what `usage` says. */
export function parseIndexBenchOptions(args: readonly string[]): IndexBenchOptions {
  const values = parse(args)
  const isQuick = values.quick === true
  const count = (value: string | undefined): number | undefined =>
    value === undefined ? undefined : parseCount(value)
  const counts = (value: string | undefined, otherwise: readonly number[]): readonly number[] =>
    value === undefined ? otherwise : value.split(',').map(parseCount)
  const threads = counts(values.threads, [1, 2])
  const name = values.dataset?.split('/').findLast((part) => part !== '') ?? 'synthetic'
  const jsonFile = values.json ?? `bench/results/index-${name}.json`
  return {
    dataSetFolder: values.dataset,
    synthetic: parseSynthetic(values.synthetic ?? (isQuick ? '4000x64' : '100000x128')),
    rowCount: count(values.rows),
    jsonFile,
    svgFile: values.svg ?? jsonFile.replace(/(\.json)?$/, '.svg'),
    contenders: [...ours(values.types, threads), ...theirs(values.peers, threads)],
    settings: {
      topk: 10,
      linksMax: count(values.M) ?? 16,
      efConstruction: count(values.efConstruction) ?? 200,
      efs: counts(
        values.efs,
        isQuick ? [10, 32, 128] : [10, 16, 24, 32, 48, 64, 96, 128, 200, 400],
      ),
      nprobes: counts(values.nprobes, isQuick ? [4, 32] : [1, 2, 4, 8, 16, 32, 64, 128]),
      roundMsMin: isQuick ? 20 : 250,
      roundCount: count(values.rounds) ?? (isQuick ? 1 : 3),
      passingLabels: values['no-filters'] === true ? [] : [500, 100, 10, 1],
      filterQueryCount: isQuick ? 50 : 200,
      seed: 42,
    },
  }
}

type Started = IndexBenchOptions['contenders'][number]

/** Every type that takes single-precision numbers, unless some are named. */
function ours(given: string | undefined, threads: readonly number[]): readonly Started[] {
  const all = indexTypeNames.filter((type) => indexTypes[type].elementTypes.includes('float32'))
  const types = given === undefined ? all : given.split(',').map((name) => name.toUpperCase())
  const unknown = types.find((type) => !all.some((known) => known === type))
  if (unknown !== undefined) {
    throw invalid(`there is no index type ${unknown} of float32, but ${all.join(', ')}`)
  }
  return types.flatMap((type) =>
    threads.map((count) => ({ name: { kind: 'elanus', type }, threads: count }) as const),
  )
}

function theirs(given: string | undefined, threads: readonly number[]): readonly Started[] {
  if (given === 'none') return []
  const names = given === undefined ? Object.keys(peers) : given.split(',')
  return names.flatMap((name) => {
    const peer = peers[name]
    if (peer === undefined) {
      throw invalid(`there is no peer ${name}, but ${Object.keys(peers).join(', ')}`)
    }
    // hnswlib's two ports have no threads.
    const own = peer.kind === 'usearch' ? threads : [1]
    return own.map((count) => ({ name: peer, threads: count }))
  })
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (thrown) {
    throw invalid(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function parseCount(value: string): number {
  const count = Number(value)
  if (Number.isSafeInteger(count) && count >= 1) return count
  throw invalid(`${value} is no whole number from 1 on`)
}

function parseSynthetic(value: string): SyntheticSize {
  const [count, dimension, ...more] = value.split('x').map(parseCount)
  if (count !== undefined && dimension !== undefined && more.length === 0) {
    return { count, dimension }
  }
  throw invalid(`${value} is not <rows>x<dimension>`)
}

function invalid(reason: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `Cannot run index ${usage}: ${reason}`)
}
