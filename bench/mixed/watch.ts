import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { systemClock } from '../../src/base/clock.ts'
import { filteredCollection } from '../lib/filtered-collection.ts'
import { usageOf } from '../lib/process-usage.ts'

/** What the server holds at some moment. */
export interface WatchFacts {
  readonly atSeconds: number
  readonly residentBytes: number
  /** Segments that searches look at, and how many of them still grow. */
  readonly segmentCount: number
  readonly growingCount: number
}

export interface Watched {
  readonly client: MilvusClient
  readonly processId: number
}

/** Looks once every so often until the signal comes, and once more then. */
export async function watch(
  { client, processId }: Watched,
  periodMs: number,
  signal: AbortSignal,
): Promise<readonly WatchFacts[]> {
  const startMs = performance.now()
  const facts: WatchFacts[] = []
  for (let isLast = false; !isLast; ) {
    isLast = signal.aborted
    const { infos } = await client.getQuerySegmentInfo({ collectionName: filteredCollection })
    const { residentBytes } = await usageOf(processId)
    facts.push({
      atSeconds: (performance.now() - startMs) / 1000,
      residentBytes,
      segmentCount: infos.length,
      growingCount: infos.filter(({ state }) => String(state) === 'Growing').length,
    })
    if (!isLast) await systemClock.sleep(periodMs)
  }
  return facts
}
