import { systemClock } from '../../src/base/clock.ts'
import type { ProcessUsage } from '../lib/process-usage.ts'
import { sizeOnDisk, usageOf } from '../lib/process-usage.ts'
import { quantile } from '../lib/statistics.ts'
import type { InsertResult } from './insert-client.ts'
import { buildIndex, collectionName, createCollection, flush, load } from './official-client.ts'
import type { Stand } from './stand.ts'

/** From nothing to a collection that is loaded and searchable, the way a user does it. */
export interface LoadFacts {
  readonly insert: InsertResult
  /** The same rows into the null server, before and after. */
  readonly nullInserts: readonly InsertResult[]
  readonly insertCpuSeconds: number
  readonly flushSeconds: number
  readonly buildSeconds: number
  readonly buildCpuSeconds: number
  /** From the first insert's call to the index's last row. */
  readonly untilIndexedSeconds: number
  readonly loadSeconds: number
  /** A unary call at a fixed pace while the index was built, to the server and to the echo. */
  readonly probes: ReadonlyMap<string, ProbeFacts>
  readonly usageAfterLoad: ProcessUsage
  readonly bytesOnDisk: number
}

export interface ProbeFacts {
  readonly callCount: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export async function loadDataSetInto(stand: Stand): Promise<LoadFacts> {
  const { client, dataSet, elanus } = stand
  const index = { ...stand.index, metric: dataSet.metric }
  await insertInto(stand, stand.nullPort, Math.min(dataSet.count, warmUpRowCount))
  const nullBefore = await insertInto(stand, stand.nullPort, dataSet.count)

  await createCollection(client, dataSet.dimension)
  const usageBefore = await usageOf(elanus.processId)
  const firstInsertMs = performance.now()
  const insert = await insertInto(stand, elanus.port, dataSet.count)
  const usageInserted = await usageOf(elanus.processId)
  const flushSeconds = await seconds(() => flush(client))
  const usageFlushed = await usageOf(elanus.processId)
  await startProbe(stand)
  const buildSeconds = await seconds(() => buildIndex(client, index, dataSet.count))
  const untilIndexedSeconds = (performance.now() - firstInsertMs) / 1000
  const probes = await stopProbe(stand)
  const usageBuilt = await usageOf(elanus.processId)
  const loadSeconds = await seconds(() => load(client))
  await systemClock.sleep(settleMs)

  return {
    insert,
    insertCpuSeconds: usageInserted.cpuSeconds - usageBefore.cpuSeconds,
    flushSeconds,
    buildSeconds,
    buildCpuSeconds: usageBuilt.cpuSeconds - usageFlushed.cpuSeconds,
    untilIndexedSeconds,
    loadSeconds,
    probes,
    usageAfterLoad: await usageOf(elanus.processId),
    bytesOnDisk: await sizeOnDisk(stand.dataFolder),
    nullInserts: [nullBefore, await insertInto(stand, stand.nullPort, dataSet.count)],
  }
}

/** So many rows let the client's code get compiled before a clock runs. */
const warmUpRowCount = 5_000
/** What a load leaves for later (buffers to be collected, files to be closed) is done by then. */
const settleMs = 1_000

function insertInto(stand: Stand, port: number, rowCount: number): Promise<InsertResult> {
  const { batchRowCount } = stand.settings
  return stand.insertClient.call('insert', { port, collectionName, batchRowCount, rowCount })
}

async function startProbe({ probe, elanus, echoPort, settings }: Stand): Promise<void> {
  await probe.call('start', {
    targets: [
      { name: 'elanus', port: elanus.port },
      { name: 'echo', port: echoPort },
    ],
    intervalMs: settings.probeIntervalMs,
  })
}

async function stopProbe({ probe }: Stand): Promise<ReadonlyMap<string, ProbeFacts>> {
  const latencies = await probe.call('stop', undefined)
  return new Map(
    [...latencies].map(([name, values]): [string, ProbeFacts] => [
      name,
      {
        callCount: values.length,
        p50Ms: quantile(values, 0.5),
        p99Ms: quantile(values, 0.99),
        maxMs: quantile(values, 1),
      },
    ]),
  )
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1000
}
