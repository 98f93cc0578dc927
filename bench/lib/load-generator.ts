import { serveOperations } from './helper.ts'
import { failureOf, paths } from './milvus-messages.ts'
import type { RawClient } from './raw-grpc.ts'
import { connectRaw } from './raw-grpc.ts'

/**
 * Sends searches that were encoded beforehand, each of `concurrency` lanes its next one as soon as
 * its last is answered. Nothing is encoded or decoded while the clock runs but the response's
 * status, which is two bytes long when all is well.
 */
const clients = new Map<number, RawClient>()
let requests: readonly Buffer[] = []

export interface LoadTask {
  readonly port: number
  readonly concurrency: number
  readonly durationMs: number
  /** Which call it is; Search unless given. */
  readonly path?: string
}

export interface LoadResult {
  readonly callCount: number
  readonly seconds: number
  readonly latenciesMs: Float64Array
  /** The last answer to each request; undefined where there was no time for one. */
  readonly responses: readonly (Uint8Array | undefined)[]
  readonly cpuSeconds: number
}

const operations = {
  setRequests(encoded: readonly Uint8Array[]): void {
    requests = encoded.map((bytes) => Buffer.from(bytes))
  },

  /** Throws if any call fails, by gRPC or by the status in its response. */
  async run({ port, concurrency, durationMs, path = paths.search }: LoadTask): Promise<LoadResult> {
    const client = clients.get(port) ?? connectRaw(port)
    clients.set(port, client)
    const latenciesMs: number[] = []
    const responses: (Uint8Array | undefined)[] = Array.from({ length: requests.length })
    const cpuBefore = process.cpuUsage()
    const startMs = performance.now()
    let next = 0
    const lane = async (): Promise<void> => {
      while (performance.now() - startMs < durationMs) {
        const index = next++ % requests.length
        const sentMs = performance.now()
        const response = await client.call(path, requests[index] ?? Buffer.alloc(0))
        latenciesMs.push(performance.now() - sentMs)
        const failure = failureOf(response)
        if (failure !== undefined) throw new Error(`Call ${index} failed with ${failure}`)
        responses[index] = response
      }
    }
    await Promise.all(Array.from({ length: concurrency }, lane))
    const cpu = process.cpuUsage(cpuBefore)
    return {
      callCount: latenciesMs.length,
      seconds: (performance.now() - startMs) / 1000,
      latenciesMs: Float64Array.from(latenciesMs),
      responses,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
    }
  },
}

export type LoadGenerator = typeof operations

serveOperations(operations)
