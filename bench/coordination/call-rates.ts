import type { EchoServer } from '../lib/echo-server.ts'
import { startHelper } from '../lib/helper.ts'
import { emptyMessage, paths } from '../lib/milvus-messages.ts'
import { connectRaw } from '../lib/raw-grpc.ts'
import { median } from '../lib/statistics.ts'
import { measureSyncRate } from './disk-probe.ts'
import type { CoordinationSettings } from './options.ts'
import { measureRate } from './rates.ts'
import {
  assignRequest,
  createCollectionRequest,
  dropCollectionRequest,
  idRequest,
  timestampRequest,
} from './requests.ts'
import { checkStatus, makeCollection, type Services, succeeded } from './services-under-test.ts'

/** Calls per second, over the rounds. */
export interface CallRates {
  readonly allocTimestamp: number
  readonly allocID: number
  readonly assignSegmentID: number
  /** Definitions change one after the other: collections created and dropped, each one a change. */
  readonly definitions: number
}

export interface CallFacts {
  readonly local: CallRates
  readonly remote: CallRates
  /** Empty calls answered by gRPC with nothing behind it. */
  readonly echoRate: number
  /** Durable appends one after the other, on the disk of the data. */
  readonly syncRate: number
}

export interface CallTask {
  readonly settings: CoordinationSettings
  /** On the same disk as the data. */
  readonly workFolder: string
  readonly local: Services
  readonly remote: Services
}

type Round = Readonly<Record<string, number>>

export async function measureCalls(task: CallTask): Promise<CallFacts> {
  const { settings, workFolder } = task
  await using echo = await startHelper<EchoServer>(
    new URL('../lib/echo-server.ts', import.meta.url),
  )
  using echoClient = connectRaw(await echo.call('listen', undefined))
  const { concurrency, roundMs: durationMs } = settings
  const measureLocal = await callRates(task.local, 'local', settings)
  const measureRemote = await callRates(task.remote, 'remote', settings)
  const rounds = { local: [] as Round[], remote: [] as Round[] }
  const echoRates: number[] = []
  const syncRates: number[] = []
  // The first round warms up and does not count.
  for (let round = 0; round <= settings.roundCount; round++) {
    const local = await measureLocal(round)
    const echoRate = await measureRate({
      call: () => echoClient.call(paths.getVersion, emptyMessage),
      concurrency,
      durationMs,
    })
    const remote = await measureRemote(round)
    const syncRate = await measureSyncRate(workFolder, durationMs)
    if (round === 0) continue
    rounds.local.push(local)
    rounds.remote.push(remote)
    echoRates.push(echoRate)
    syncRates.push(syncRate)
  }
  return {
    local: medians(rounds.local),
    remote: medians(rounds.remote),
    echoRate: median(echoRates),
    syncRate: median(syncRates),
  }
}

/** What measures one round of calls to these services. */
async function callRates(
  services: Services,
  title: string,
  { concurrency, roundMs }: CoordinationSettings,
): Promise<(round: number) => Promise<Round>> {
  const { master, dataService } = services
  const places = assignRequest(await makeCollection(services, `places_${title}`))
  const rate = (call: () => Promise<unknown>, callers = concurrency): Promise<number> =>
    measureRate({ call, concurrency: callers, durationMs: roundMs })
  return async (round) => {
    let definitionCount = 0
    const changeTwice = async (): Promise<void> => {
      const name = `definition_${title}_${round}_${definitionCount++}`
      checkStatus(await master.createCollection(createCollectionRequest(name)))
      checkStatus(await master.dropCollection(dropCollectionRequest(name)))
    }
    return {
      allocTimestamp: await rate(async () =>
        succeeded(await master.allocTimestamp(timestampRequest)),
      ),
      allocID: await rate(async () => succeeded(await master.allocID(idRequest))),
      assignSegmentID: await rate(async () => succeeded(await dataService.assignSegmentID(places))),
      definitions: 2 * (await rate(changeTwice, 1)),
    }
  }
}

function medians(rounds: readonly Round[]): CallRates {
  const over = (name: keyof CallRates): number =>
    median(rounds.map((round) => round[name] ?? Number.NaN))
  return {
    allocTimestamp: over('allocTimestamp'),
    allocID: over('allocID'),
    assignSegmentID: over('assignSegmentID'),
    definitions: over('definitions'),
  }
}
