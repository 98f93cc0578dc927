import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import type { Bench } from '../lib/bench.ts'
import { startElanus } from '../lib/elanus-server.ts'
import { emitProgram } from '../lib/emit-program.ts'
import { figureTable } from '../lib/figure.ts'
import { createFiltered, insertRows, prepareFiltered } from '../lib/filtered-collection.ts'
import { startHelper } from '../lib/helper.ts'
import type { LoadGenerator } from '../lib/load-generator.ts'
import { describeMachine, machineInWords } from '../lib/machine.ts'
import { makeUpRows } from '../lib/made-up-rows.ts'
import { usageOf } from '../lib/process-usage.ts'
import { connectRaw } from '../lib/raw-grpc.ts'
import { writeReport } from '../lib/report.ts'
import { type FilterFacts, filterFigures } from './figures.ts'
import { measureScenes } from './measure.ts'
import { type FilterOptions, parseFilterOptions, usage } from './options.ts'
import { makeScenes } from './scenes.ts'

/** Filtered searches and counts on the real server, with indexes on the filters' fields and without. */
export const filterBench: Bench = {
  name: 'filter',
  summary: 'searches and counts by filters that let few or many rows pass',
  usage,
  async run(args) {
    const options = parseFilterOptions(args)
    const startedAt = new Date().toISOString()
    const command = `npm run bench -- filter ${args.join(' ')}`.trim()
    const machine = await describeMachine()
    const facts = await measure(options)
    const figures = filterFigures(facts)
    const { rowCount, dimension, seed, indexType } = options.settings
    await writeReport(options.jsonFile, {
      bench: 'filter',
      command,
      startedAt,
      machine,
      dataSet: { name: 'made up', metric: 'L2', count: rowCount, dimension, seed },
      settings: options.settings,
      figures,
      measured: facts,
    })
    const heading = `${rowCount.toLocaleString('en-US')} × ${dimension}, L2, ${indexType}, seed ${seed}`
    console.log([heading, machineInWords(machine), command, '', figureTable(figures)].join('\n'))
    console.error(`Every measurement is in ${resolve(options.jsonFile)}`)
  },
}

async function measure({ settings, profileFolder }: FilterOptions): Promise<FilterFacts> {
  await using stack = new AsyncDisposableStack()
  const workFolder = await mkdtemp(join(tmpdir(), 'elanus-bench-'))
  stack.defer(() => rm(workFolder, { recursive: true }))
  const program = await emitProgram()
  const dataFolder = join(workFolder, 'data')
  const elanus = stack.use(await startElanus({ program, dataFolder, profileFolder }))
  const generator = stack.use(
    await startHelper<LoadGenerator>(new URL('../lib/load-generator.ts', import.meta.url)),
  )
  const client = new MilvusClient({ address: `127.0.0.1:${elanus.port}` })
  stack.defer(async () => {
    await client.closeConnection()
  })
  await client.connectPromise

  say('making up rows')
  const rows = makeUpRows({ ...settings, count: settings.rowCount })
  say('inserting')
  await createFiltered(client, settings.dimension)
  const raw = stack.use(connectRaw(elanus.port))
  const insertSeconds = await seconds(() => insertRows(raw, rows, settings.batchRowCount))
  say('flushing, indexing, loading')
  const prepareSeconds = await seconds(() =>
    prepareFiltered(client, settings.rowCount, settings.indexType),
  )
  say('finding the exact answers')
  const scenes = makeScenes(rows, settings)
  say('searching and counting')
  const facts = await measureScenes(scenes, settings, elanus, generator)
  const { residentBytes } = await usageOf(elanus.processId)
  return { settings, insertSeconds, prepareSeconds, residentBytes, scenes: facts }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1000
}

function say(doing: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${doing}`)
}
