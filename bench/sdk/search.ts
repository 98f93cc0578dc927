import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import type { DataSet } from '../lib/data-set.ts'
import { neighbourCount, rowOf } from '../lib/data-set.ts'
import type { LoadResult } from '../lib/load-generator.ts'
import { failureOf, hitIdsOf, paths } from '../lib/milvus-messages.ts'
import { usageOf } from '../lib/process-usage.ts'
import { connectRaw } from '../lib/raw-grpc.ts'
import { meanRecall, median, quantile } from '../lib/statistics.ts'
import type { IndexSearchFacts } from './index-searcher.ts'
import { search } from './official-client.ts'
import type { Stand } from './stand.ts'

/** One turn of the load generator at one server. */
export interface TurnFacts {
  readonly concurrency: number
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly serverCpuUsPerCall: number
  readonly generatorCpuUsPerCall: number
}

export interface ElanusTurnFacts extends TurnFacts {
  /** Over the queries that there was time for. */
  readonly recall: number
}

export interface SearchFacts {
  readonly requestBytes: number
  readonly responseBytes: number
  readonly elanus: readonly ElanusTurnFacts[]
  readonly echo: readonly TurnFacts[]
  /** The same searches on the same index by one thread, without a server. */
  readonly index: readonly IndexSearchFacts[]
  /** Both at once: the echo under load, and the index beside it. */
  readonly together: readonly TogetherFacts[]
}

export interface TogetherFacts {
  readonly echoCpuUsPerCall: number
  readonly indexCpuUsPerQuery: number
}

/** `response` is one that the server gives: the echo gives it to every call. */
export async function measureSearches(
  stand: Stand,
  requests: readonly Uint8Array[],
  response: Uint8Array,
): Promise<SearchFacts> {
  const { elanus, echo, echoPort, settings } = stand
  await stand.generator.call('setRequests', requests)
  await echo.call('answerWith', response)

  const turns: { elanus: ElanusTurnFacts[]; echo: TurnFacts[] } = { elanus: [], echo: [] }
  const index: IndexSearchFacts[] = []
  const together: TogetherFacts[] = []
  const echoTarget = { processId: echo.processId, port: echoPort }
  for (let round = 0; round <= settings.roundCount; round++) {
    for (const concurrency of settings.concurrencies) {
      const ofElanus = await takeTurn(stand, elanus, concurrency)
      const recall = recallOf(stand.dataSet, ofElanus.responses, settings.topk)
      const ofEcho = await takeTurn(stand, echoTarget, concurrency)
      // The first round only warms up.
      if (round === 0) continue
      turns.elanus.push({ ...ofElanus.facts, recall })
      turns.echo.push(ofEcho.facts)
    }
    const alone = await stand.indexSearcher.call('search', { topk: settings.topk })
    const both = await searchBesideEcho(stand, echoTarget)
    if (round === 0) continue
    index.push(alone)
    together.push(both)
  }
  return {
    requestBytes: requests[0]?.length ?? 0,
    responseBytes: response.length,
    ...turns,
    index,
    together,
  }
}

/** The bytes that the official client sends for each query, taken where they arrive. */
export async function recordSearches(stand: Stand): Promise<readonly Uint8Array[]> {
  const { dataSet, nullPort, nullServer, settings } = stand
  const client = new MilvusClient({ address: `127.0.0.1:${nullPort}` })
  await client.connectPromise
  for (let query = 0; query < dataSet.queryCount; query++) {
    const vector = rowOf(dataSet.queries, dataSet.dimension, query)
    await search(client, vector, { limit: settings.topk })
  }
  await client.closeConnection()
  return nullServer.call('takeSearches', undefined)
}

/** Every request once, one at a time; throws if one fails. */
export async function answerAll(
  port: number,
  requests: readonly Uint8Array[],
): Promise<readonly Buffer[]> {
  using client = connectRaw(port)
  const responses: Buffer[] = []
  for (const request of requests) {
    const response = await client.call(paths.search, Buffer.from(request))
    const failure = failureOf(response)
    if (failure !== undefined) throw new Error(`A search failed with ${failure}`)
    responses.push(response)
  }
  return responses
}

/** Recall@k over the queries that have a response. */
export function recallOf(
  { neighbours }: DataSet,
  responses: readonly (Uint8Array | undefined)[],
  k: number,
): number {
  const answered = [...responses.entries()].flatMap(([query, response]) => {
    return response === undefined ? [] : [{ query, found: hitIdsOf(response) }]
  })
  const exact = answered.map(({ query }) =>
    neighbours.subarray(query * neighbourCount, query * neighbourCount + k),
  )
  return meanRecall(
    answered.map(({ found }) => found),
    exact,
    k,
  )
}

/**
 * A core that searches slows the one that answers, and the other way round: they share caches and
 * memory. This is what the two cost when both are busy, as they are in a server.
 */
async function searchBesideEcho(
  stand: Stand,
  echo: { readonly processId: number; readonly port: number },
): Promise<TogetherFacts> {
  const { settings, indexSearcher } = stand
  let isAnswering = true
  const answering = takeTurn(stand, echo, Math.max(...settings.concurrencies)).finally(() => {
    isAnswering = false
  })
  const searches: IndexSearchFacts[] = []
  while (isAnswering) searches.push(await indexSearcher.call('search', { topk: settings.topk }))
  const { facts } = await answering
  return {
    echoCpuUsPerCall: facts.serverCpuUsPerCall,
    indexCpuUsPerQuery: median(searches.map(({ cpuUsPerQuery }) => cpuUsPerQuery)),
  }
}

interface Turn {
  readonly facts: TurnFacts
  readonly responses: LoadResult['responses']
}

async function takeTurn(
  { generator, settings }: Stand,
  server: { readonly processId: number; readonly port: number },
  concurrency: number,
): Promise<Turn> {
  const before = await usageOf(server.processId)
  const task = { port: server.port, concurrency, durationMs: settings.roundMs }
  const result: LoadResult = await generator.call('run', task)
  const after = await usageOf(server.processId)
  const usPerCall = (cpuSeconds: number): number => (cpuSeconds * 1e6) / result.callCount
  const facts = {
    concurrency,
    callsPerSecond: result.callCount / result.seconds,
    p50Ms: quantile(result.latenciesMs, 0.5),
    p99Ms: quantile(result.latenciesMs, 0.99),
    serverCpuUsPerCall: usPerCall(after.cpuSeconds - before.cpuSeconds),
    generatorCpuUsPerCall: usPerCall(result.cpuSeconds),
  }
  return { facts, responses: result.responses }
}
