import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Bench } from '../lib/bench.ts'
import { describeMachine, machineInWords } from '../lib/machine.ts'
import { writeReport } from '../lib/report.ts'
import { writeSyntheticDataSet } from '../lib/synthetic.ts'
import { drawChart } from './chart.ts'
import { titleOf } from './contenders/contender.ts'
import { exactAnswers, type IndexDataSource, openIndexData } from './index-data.ts'
import { measureSearches, type SearchCurve, type Started, startContender } from './measure.ts'
import { type FilteredCurves, measureFilters } from './measure-filters.ts'
import { type IndexBenchOptions, parseIndexBenchOptions, usage } from './options.ts'
import { installPeers, peerVersions } from './peers.ts'
import { filteredRatios, type Outcome, ratiosOf, scalingOf } from './ratios.ts'
import { buildTable, curveTable, ratioTable, scalingTable, speedTable } from './tables.ts'

/** Our indexes beside those that Node programs can take today. */
export const indexBench: Bench = {
  name: 'index',
  summary: 'each index type beside hnswlib-node, usearch and hnswlib-wasm: build, speed, recall',
  usage,
  async run(args) {
    const options = parseIndexBenchOptions(args)
    const workFolder = await mkdtemp(join(tmpdir(), 'elanus-bench-'))
    try {
      await runIn(workFolder, options, `npm run bench -- index ${args.join(' ')}`.trim())
    } finally {
      await rm(workFolder, { recursive: true })
    }
  },
}

async function runIn(
  workFolder: string,
  options: IndexBenchOptions,
  command: string,
): Promise<void> {
  const { settings, contenders } = options
  if (contenders.some(({ name }) => name.kind !== 'elanus')) await installPeers()
  const startedAt = new Date().toISOString()
  const machine = await describeMachine()
  const source = await openData(workFolder, options)
  say('finding the exact answers')
  const exact = await exactAnswers(source, settings.topk)
  await using stack = new AsyncDisposableStack()
  const started: Started[] = []
  for (const contender of contenders) {
    say(`building ${titleOf(contender)}`)
    started.push(stack.use(await start(contender, source, { workFolder, settings })))
  }
  say('searching')
  const curves = await measureSearches(started, exact, settings)
  say('searching with filters')
  const filtered = await measureFilters(started, source, settings)
  const outcome = outcomeOf(source, { started, curves, filtered })
  const words = [machineInWords(machine), command, '', outcome.text].join('\n')
  console.log(words)
  const dataSet = { name: outcome.dataset, count: source.count, dimension: source.meta.dimension }
  const versions = await peerVersions()
  const report = { bench: indexBench.name, command, startedAt, machine, dataSet, figures: [] }
  const { ratios, measured } = outcome
  const content = { ...report, settings: { ...settings, versions }, ratios, measured }
  await writeReport(options.jsonFile, content)
  await mkdir(dirname(options.svgFile), { recursive: true })
  await writeFile(options.svgFile, outcome.chart)
  console.error(`Every measurement is in ${resolve(options.jsonFile)}`)
  console.error(`The chart is ${resolve(options.svgFile)}`)
}

function start(
  { name, threads }: IndexBenchOptions['contenders'][number],
  source: IndexDataSource,
  options: Parameters<typeof startContender>[2],
): Promise<Started> {
  const { dimension, metric } = source.meta
  const { linksMax, efConstruction } = options.settings
  const shape = { dimension, metric, count: source.count, linksMax, efConstruction }
  return startContender({ name, threads, ...shape }, source, options)
}

async function openData(
  workFolder: string,
  { dataSetFolder, synthetic, rowCount, settings }: IndexBenchOptions,
): Promise<IndexDataSource> {
  if (dataSetFolder !== undefined) return await openIndexData(dataSetFolder, rowCount)
  const { count, dimension } = synthetic
  say(`making up ${count} × ${dimension} vectors`)
  // The exact answers are found by plain arithmetic: fewer queries where there are many rows.
  const queryCount = count > 200_000 ? 200 : 1_000
  const shape = { seed: settings.seed, count, dimension, queryCount }
  await writeSyntheticDataSet(workFolder, shape)
  return await openIndexData(workFolder, rowCount)
}

interface Measured {
  readonly started: readonly Started[]
  readonly curves: ReadonlyMap<Started, SearchCurve>
  readonly filtered: readonly FilteredCurves[]
}

function outcomeOf(source: IndexDataSource, { started, curves, filtered }: Measured) {
  const { meta, count } = source
  const dataset = count < meta.count ? `${meta.name} (first ${count})` : meta.name
  const outcomes = started.map((one): Outcome & Pick<Started, 'build'> => ({
    setup: one.setup,
    title: one.title,
    build: one.build,
    buildSeconds: one.build.seconds,
    ...(curves.get(one) ?? { single: [], batch: [] }),
  }))
  const ratios = ratiosOf(dataset, outcomes)
  const scaling = scalingOf(outcomes)
  const byFilter = filtered.map(({ passing, curves: points }) => ({
    passing,
    rows: Array.from(points, ([one, single]) => ({
      setup: one.setup,
      title: one.title,
      points: single,
    })),
  }))
  const series = outcomes.map(({ title, single, setup }) => ({
    title,
    points: single,
    isPeer: setup.name.kind !== 'elanus',
  }))
  const { dimension } = meta
  const text = [
    `${dataset}: ${count.toLocaleString('en-US')} × ${dimension}, ${meta.metric}, one thread searches unless said`,
    buildTable(outcomes.map(({ title, build }) => ({ title, build, count, dimension }))),
    '¹ of the whole process: it does not say its own',
    speedTable(
      'queries/s',
      outcomes.map(({ title, single }) => ({ title, points: single })),
    ),
    speedTable(
      'queries/s, all queries in one call',
      outcomes.flatMap(({ title, batch }) => (batch.length > 0 ? [{ title, points: batch }] : [])),
    ),
    ...byFilter.map(({ passing, rows }) =>
      speedTable(`queries/s when ${+(100 * passing).toFixed(1)} % of the rows pass`, rows),
    ),
    ratioTable(ratios),
    scalingTable(scaling),
    curveTable(outcomes.map(({ title, single }) => ({ title, points: single }))),
  ].join('\n\n')
  const filteredRatio = filteredRatios(dataset, byFilter)
  return {
    dataset,
    text,
    ratios,
    chart: drawChart(`${dataset}: queries/s of one thread by recall@10`, series),
    measured: { contenders: outcomes, filtered: byFilter, filteredRatios: filteredRatio, scaling },
  }
}

function say(doing: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${doing}`)
}
