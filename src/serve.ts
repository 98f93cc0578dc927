import { readConfiguration } from './configuration.ts'
import { open } from './open.ts'
import { openNode } from './open-node.ts'
import { version } from './version.ts'

/** The process as a server: how it tells what goes on. */
export interface ServeEvents {
  readonly say: (text: string) => void
  /** Something failed that is tried again, or that was a caller's request. */
  readonly report: (error: unknown) => void
  /** Ending in order failed. */
  readonly fail: (error: unknown) => void
}

/** Says where it listens once it does, and ends in order when it is told to. */
export async function serve(args: readonly string[], events: ServeEvents): Promise<void> {
  const configuration = await readConfiguration(args, process.env)
  const { dataFolder: data, host, port, settings, role } = configuration
  const onError = events.report
  if (role.kind !== 'server') {
    const { kind, coordinator } = role
    const place = { role: kind, data, host, port, coordinator }
    const node = await openNode({ ...place, settings, onError })
    endWhenTold(async () => node[Symbol.asyncDispose](), events)
    events.say(`elanus ${version} ${kind} listening on ${host}:${node.port}, for ${coordinator}`)
    return
  }
  const database = await open({ data, settings, onError })
  const server = await database.listen({ host, port })
  endWhenTold(() => database.close(), events)
  events.say(`elanus ${version} listening on ${host}:${server.port}, data in ${data}`)
}

function endWhenTold(close: () => Promise<void>, { fail }: ServeEvents): void {
  const stop = (): void => {
    close().then(() => process.exit(0), fail)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
