import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import type { Bench } from '../lib/bench.ts'
import { startElanus } from '../lib/elanus-server.ts'
import { emitProgram } from '../lib/emit-program.ts'
import { figureTable } from '../lib/figure.ts'
import {
  createFiltered,
  filteredCollection,
  insertRows,
  prepareFiltered,
} from '../lib/filtered-collection.ts'
import { startHelper } from '../lib/helper.ts'
import { describeMachine, machineInWords } from '../lib/machine.ts'
import { makeUpRows } from '../lib/made-up-rows.ts'
import { countOf, encodeCount, requestPaths } from '../lib/milvus-requests.ts'
import { usageOf } from '../lib/process-usage.ts'
import { connectRaw } from '../lib/raw-grpc.ts'
import { writeReport } from '../lib/report.ts'
import type { Clients } from './clients.ts'
import { type MixedFacts, mixedFigures } from './figures.ts'
import { type LedgerWrite, recallOf } from './ledger.ts'
import { type MixedOptions, parseMixedOptions, usage } from './options.ts'
import { watch } from './watch.ts'

/** Many clients that search, upsert and delete at once, and searches judged by their own moment. */
export const mixedBench: Bench = {
  name: 'mixed',
  summary: 'filtered searches, upserts and deletes by many clients at once',
  usage,
  async run(args) {
    const options = parseMixedOptions(args)
    const startedAt = new Date().toISOString()
    const command = `npm run bench -- mixed ${args.join(' ')}`.trim()
    const machine = await describeMachine()
    const facts = await measure(options)
    const figures = mixedFigures(facts)
    const { rowCount, dimension, seed, indexType } = options.settings
    await writeReport(options.jsonFile, {
      bench: 'mixed',
      command,
      startedAt,
      machine,
      dataSet: { name: 'made up', metric: 'L2', count: rowCount, dimension, seed },
      settings: options.settings,
      figures,
      measured: { ...facts, failures: Object.fromEntries(facts.result.failures) },
    })
    const heading = `${rowCount.toLocaleString('en-US')} × ${dimension}, L2, ${indexType}, seed ${seed}`
    console.log([heading, machineInWords(machine), command, '', figureTable(figures)].join('\n'))
    for (const [failure, count] of facts.result.failures) console.error(`${count} × ${failure}`)
    console.error(`Every measurement is in ${resolve(options.jsonFile)}`)
  },
}

const watchPeriodMs = 1_000

async function measure({ settings, profileFolder }: MixedOptions): Promise<MixedFacts> {
  await using stack = new AsyncDisposableStack()
  const workFolder = await mkdtemp(join(tmpdir(), 'elanus-bench-'))
  stack.defer(() => rm(workFolder, { recursive: true }))
  const program = await emitProgram()
  const dataFolder = join(workFolder, 'data')
  const elanus = stack.use(await startElanus({ program, dataFolder, profileFolder }))
  const clients = stack.use(await startHelper<Clients>(new URL('clients.ts', import.meta.url)))
  const client = new MilvusClient({ address: `127.0.0.1:${elanus.port}` })
  stack.defer(async () => {
    await client.closeConnection()
  })
  await client.connectPromise

  say('making up rows')
  const rows = makeUpRows({ ...settings, count: settings.rowCount })
  say('inserting, flushing, indexing, loading')
  await createFiltered(client, settings.dimension)
  const raw = stack.use(connectRaw(elanus.port))
  const startMs = performance.now()
  await insertRows(raw, rows, settings.batchRowCount)
  await prepareFiltered(client, settings.rowCount, settings.indexType)
  const prepareSeconds = (performance.now() - startMs) / 1000
  say('searching, upserting, deleting')
  await clients.call('connect', { port: elanus.port, settings })
  await clients.call('run', settings.warmUpMs)
  const end = new AbortController()
  const watching = watch({ client, processId: elanus.processId }, watchPeriodMs, end.signal)
  const before = await usageOf(elanus.processId)
  const result = await clients.call('run', settings.durationMs)
  const after = await usageOf(elanus.processId)
  end.abort()
  const watched = await watching
  const rowCountFound = countOf(
    await raw.call(requestPaths.query, encodeCount(filteredCollection, '')),
  )
  say('finding the exact answers')
  const { writes, searches } = await clients.call('ledger', undefined)
  const judged = evenly(searches, settings.judgedCount)
  return {
    settings,
    prepareSeconds,
    result,
    serverCpuSeconds: after.cpuSeconds - before.cpuSeconds,
    watched,
    recall: recallOf(rows, writes, judged, settings.topk),
    judgedCount: judged.length,
    writeCount: writes.length,
    rowCountExpected: rowCountAfter(settings.rowCount, writes),
    rowCountFound,
  }
}

/** So many of them, spread over all. */
function evenly<T>(items: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, Math.floor(items.length / count))
  return items.filter((_, at) => at % step === 0)
}

function rowCountAfter(rowCount: number, writes: readonly LedgerWrite[]): number {
  const ordered = writes.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
  const last = new Map(ordered.map(({ key, kind }) => [key, kind]))
  const deletedCount = [...last.values()].filter((kind) => kind === 'delete').length
  return rowCount - deletedCount
}

function say(doing: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${doing}`)
}
