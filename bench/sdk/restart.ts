import { systemClock } from '../../src/base/clock.ts'
import { startElanus } from '../lib/elanus-server.ts'
import { failureOf, hitIdsOf, paths } from '../lib/milvus-messages.ts'
import type { ProcessUsage } from '../lib/process-usage.ts'
import { usageOf } from '../lib/process-usage.ts'
import type { RawClient } from '../lib/raw-grpc.ts'
import { connectRaw } from '../lib/raw-grpc.ts'
import { answerAll } from './search.ts'
import type { Stand } from './stand.ts'

/** A server that is started again on the folder of one that has ended. */
export interface RestartFacts {
  readonly endedBy: 'SIGTERM' | 'SIGKILL'
  readonly readyMs: number
  /** From the start of the process to a search's whole answer. */
  readonly firstAnswerMs: number
  /** All that the process had used by then: an index build would be seen here. */
  readonly usageAtFirstAnswer: ProcessUsage
  /** Of the queries, those whose hits are the same as before, in the same order. */
  readonly sameAnswerShare: number
}

export interface RestartTask {
  readonly endedBy: 'SIGTERM' | 'SIGKILL'
  readonly stand: Pick<Stand, 'program' | 'dataFolder' | 'profileFolder'>
  readonly requests: readonly Uint8Array[]
  /** What these requests were answered before. */
  readonly responses: readonly Uint8Array[]
}

/** The folder's last server has ended by `endedBy`; so does the one that is started here. */
export async function measureRestart(task: RestartTask): Promise<RestartFacts> {
  const { stand, requests } = task
  const [request] = requests
  const before = task.responses.map(hitIdsOf)
  const [wanted] = before
  if (request === undefined || wanted === undefined)
    throw new Error('There is nothing to search for')

  const startMs = performance.now()
  await using elanus = await startElanus(stand)
  {
    using client = connectRaw(elanus.port)
    await untilAnswered(client, Buffer.from(request), wanted.length)
  }
  const firstAnswerMs = performance.now() - startMs
  const usageAtFirstAnswer = await usageOf(elanus.processId)
  const answers = (await answerAll(elanus.port, requests)).map(hitIdsOf)
  const same = answers.filter((ids, query) => isSame(ids, before[query]))
  return {
    endedBy: task.endedBy,
    readyMs: elanus.readyMs,
    firstAnswerMs,
    usageAtFirstAnswer,
    sameAnswerShare: same.length / requests.length,
  }
}

const retryMs = 2
const patienceMs = 120_000

/** Until then the server may say that it is not loaded, or know only a part. */
async function untilAnswered(client: RawClient, request: Buffer, hitCount: number): Promise<void> {
  const giveUpMs = performance.now() + patienceMs
  for (;;) {
    const response = await client.call(paths.search, request)
    const failure = failureOf(response)
    if (failure === undefined && hitIdsOf(response).length === hitCount) return
    if (performance.now() > giveUpMs) {
      throw new Error(`The restarted server does not search after ${patienceMs} ms: ${failure}`)
    }
    await systemClock.sleep(retryMs)
  }
}

function isSame(ids: readonly number[], before: readonly number[] | undefined): boolean {
  return ids.length === before?.length && ids.every((id, place) => id === before[place])
}
