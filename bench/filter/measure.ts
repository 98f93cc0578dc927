import type { Helper } from '../lib/helper.ts'
import type { LoadGenerator } from '../lib/load-generator.ts'
import { hitIdsOf } from '../lib/milvus-messages.ts'
import { countOf } from '../lib/milvus-requests.ts'
import { usageOf } from '../lib/process-usage.ts'
import { median, quantile } from '../lib/statistics.ts'
import type { FilterSettings } from './options.ts'
import type { Expected, Scene } from './scenes.ts'

export interface SceneFacts {
  readonly key: string
  readonly title: string
  readonly turns: readonly TurnFacts[]
  /** The share of the exact hits that were found, or of counts that were right. */
  readonly correctness: number
}

export interface TurnFacts {
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly serverCpuUsPerCall: number
}

/** All scenes in turns, round after round; the first round only warms up. */
export async function measureScenes(
  scenes: readonly Scene[],
  settings: FilterSettings,
  server: { readonly port: number; readonly processId: number },
  generator: Helper<LoadGenerator>,
): Promise<readonly SceneFacts[]> {
  const turns = new Map<string, TurnFacts[]>(scenes.map(({ key }) => [key, []]))
  const correctness = new Map<string, number>()
  for (let round = 0; round <= settings.roundCount; round++) {
    for (const scene of scenes) {
      await generator.call('setRequests', scene.requests)
      const before = await usageOf(server.processId)
      const result = await generator.call('run', {
        port: server.port,
        path: scene.path,
        concurrency: scene.concurrency,
        durationMs: settings.roundMs,
      })
      const after = await usageOf(server.processId)
      const share = correctShare(scene.expected, result.responses)
      correctness.set(scene.key, Math.min(share, correctness.get(scene.key) ?? 1))
      if (round === 0) continue
      turns.get(scene.key)?.push({
        callsPerSecond: result.callCount / result.seconds,
        p50Ms: quantile(result.latenciesMs, 0.5),
        p99Ms: quantile(result.latenciesMs, 0.99),
        serverCpuUsPerCall: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / result.callCount,
      })
    }
  }
  return scenes.map(({ key, title }) => ({
    key,
    title,
    turns: turns.get(key) ?? [],
    correctness: correctness.get(key) ?? Number.NaN,
  }))
}

export function medianOf(facts: SceneFacts | undefined, value: keyof TurnFacts): number {
  return median(facts?.turns.map((turn) => turn[value]) ?? [])
}

/** Over the requests that there was time for. */
function correctShare(expected: Expected, responses: readonly (Uint8Array | undefined)[]): number {
  let wanted = 0
  let got = 0
  for (const [at, response] of responses.entries()) {
    if (response === undefined) continue
    if (expected.kind === 'counts') {
      wanted += 1
      got += Number(countOf(response) === expected.counts[at])
      continue
    }
    const hits = expected.hits[at]
    if (hits === undefined) continue
    const exact = new Set(hits)
    wanted += exact.size
    got += hitIdsOf(response).filter((id) => exact.has(id)).length
  }
  return got / wanted
}
