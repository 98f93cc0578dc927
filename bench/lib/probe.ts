import { serveOperations } from './helper.ts'
import { emptyMessage, paths } from './milvus-messages.ts'
import { connectRaw } from './raw-grpc.ts'

/**
 * Asks for the version at a fixed pace, whether or not the last call is answered, so that a server
 * which stands still for a second shows as many slow calls and not as one.
 */
interface Target {
  readonly name: string
  readonly port: number
}

interface Probing {
  stop(): Promise<void>
  readonly latenciesMs: Map<string, number[]>
}

let probing: Probing | undefined

const operations = {
  start(task: { readonly targets: readonly Target[]; readonly intervalMs: number }): void {
    probing = probe(task.targets, task.intervalMs)
  },

  /** Latencies by target's name, in ms, in the order of the answers. */
  async stop(): Promise<Map<string, number[]>> {
    await probing?.stop()
    return probing?.latenciesMs ?? new Map<string, number[]>()
  },
}

export type Probe = typeof operations

serveOperations(operations)

function probe(targets: readonly Target[], intervalMs: number): Probing {
  const latenciesMs = new Map(targets.map(({ name }): [string, number[]] => [name, []]))
  const clients = targets.map(({ name, port }) => ({ name, client: connectRaw(port) }))
  const pending = new Set<Promise<void>>()

  const ask = async ({ name, client }: (typeof clients)[number]): Promise<void> => {
    const sentMs = performance.now()
    await client.call(paths.getVersion, emptyMessage)
    latenciesMs.get(name)?.push(performance.now() - sentMs)
  }
  const timer = setInterval(() => {
    for (const target of clients) {
      const call = ask(target).finally(() => pending.delete(call))
      pending.add(call)
    }
  }, intervalMs)

  return {
    latenciesMs,
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
      for (const { client } of clients) client[Symbol.dispose]()
    },
  }
}
