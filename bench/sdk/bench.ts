import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { present } from '../../src/base/assert.ts'
import type { Bench } from '../lib/bench.ts'
import { loadDataSet } from '../lib/data-set.ts'
import { emitProgram } from '../lib/emit-program.ts'
import { figureTable } from '../lib/figure.ts'
import { describeMachine, machineInWords } from '../lib/machine.ts'
import { usageOf } from '../lib/process-usage.ts'
import { writeReport } from '../lib/report.ts'
import { writeSyntheticDataSet } from '../lib/synthetic.ts'
import type { EmptyStart } from './empty.ts'
import { measureEmptyStart } from './empty.ts'
import type { SdkFacts } from './figures.ts'
import { sdkFigures } from './figures.ts'
import { loadDataSetInto } from './load.ts'
import type { SdkOptions } from './options.ts'
import { parseSdkOptions, usage } from './options.ts'
import type { RestartFacts } from './restart.ts'
import { measureRestart } from './restart.ts'
import { answerAll, measureSearches, recordSearches } from './search.ts'
import type { StandOptions } from './stand.ts'
import { buildStand } from './stand.ts'

/**
 * A user's day with the official client on the real server, held against what no server on this
 * stack can do without: a null server for inserts, an echo for searches, the bare index for both.
 */
export const sdkBench: Bench = {
  name: 'sdk',
  summary: 'insert, index, search and restart through the official client',
  usage,
  async run(args) {
    const options = parseSdkOptions(args)
    const workFolder = await mkdtemp(join(tmpdir(), 'elanus-bench-'))
    try {
      await runIn(workFolder, options, `npm run bench -- sdk ${args.join(' ')}`.trim())
    } finally {
      await rm(workFolder, { recursive: true })
    }
  },
}

async function runIn(workFolder: string, options: SdkOptions, command: string): Promise<void> {
  const startedAt = new Date().toISOString()
  const machine = await describeMachine()
  const dataSetFolder = options.dataSetFolder ?? (await makeUpDataSet(workFolder, options))
  const dataSet = await loadDataSet(dataSetFolder)
  const program = options.program ?? (await emitProgram())
  const facts = await measure({ ...options, program, dataSetFolder, dataSet, workFolder })
  const figures = sdkFigures(facts)
  const { name, metric, count, dimension, queryCount } = dataSet
  await writeReport(options.jsonFile, {
    bench: 'sdk',
    command,
    startedAt,
    machine,
    dataSet: { name, metric, count, dimension, queryCount },
    settings: { ...options.settings, index: options.index },
    figures,
    measured: facts,
  })
  const heading = `${name}, ${count.toLocaleString('en-US')} × ${dimension}, ${metric}`
  console.log([heading, machineInWords(machine), command, '', figureTable(figures)].join('\n'))
  console.error(`Every measurement is in ${resolve(options.jsonFile)}`)
}

async function makeUpDataSet(workFolder: string, { settings }: SdkOptions): Promise<string> {
  const folder = join(workFolder, 'data-set')
  await mkdir(folder)
  say('making up a data set')
  await writeSyntheticDataSet(folder, { ...settings.synthetic, seed: 1, queryCount: 1_000 })
  return folder
}

async function measure(options: StandOptions): Promise<SdkFacts> {
  const { settings, dataSet } = options
  say('starting empty servers')
  const emptyStarts = await measureEmptyStarts(options)
  await using stand = await buildStand(options)
  say('inserting, flushing, indexing, loading')
  const load = await loadDataSetInto(stand)
  say('building the same index without a server')
  const build = await stand.indexSearcher.call('build', {
    dataSetFolder: options.dataSetFolder,
    index: options.index,
  })
  say('searching')
  const requests = await recordSearches(stand)
  const responses = await answerAll(stand.elanus.port, requests)
  const search = await measureSearches(stand, requests, present(responses[0], 'there are queries'))
  const usage = await usageOf(stand.elanus.processId)
  say('restarting')
  await stand.client.closeConnection()
  await stand.elanus.stop('SIGKILL')
  const restarts: RestartFacts[] = []
  // The first finds what a kill has left, the second what the first has left in good order.
  for (const endedBy of ['SIGKILL', 'SIGTERM'] as const) {
    restarts.push(await measureRestart({ endedBy, requests, responses, stand }))
  }
  return {
    dataSet: { count: dataSet.count, dimension: dataSet.dimension },
    settings,
    emptyStarts,
    load,
    bareBuild: build,
    search,
    residentAfterSearch: usage.residentBytes,
    residentPeak: usage.residentPeakBytes,
    restarts,
  }
}

async function measureEmptyStarts({
  settings,
  workFolder,
  program,
}: StandOptions): Promise<readonly EmptyStart[]> {
  const starts: EmptyStart[] = []
  for (let start = 0; start < settings.emptyStartCount; start++) {
    starts.push(await measureEmptyStart(workFolder, program))
  }
  return starts
}

function say(doing: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${doing}`)
}
