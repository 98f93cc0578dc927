import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * Processes of the bench itself. Whatever loads a server or times it runs alone in one, so that no
 * measurement waits for another's event loop. A helper is a module that calls `serveOperations`;
 * its operations are called by name over the parent's pipe, and it ends when the pipe does.
 */
export type Operations = Readonly<Record<string, (task: never) => unknown>>

export interface Helper<Served extends Operations> extends AsyncDisposable {
  readonly processId: number
  call<Name extends keyof Served & string>(
    name: Name,
    task: Parameters<Served[Name]>[0],
  ): Promise<Awaited<ReturnType<Served[Name]>>>
}

interface TaskMessage {
  readonly id: number
  readonly name: string
  readonly task: unknown
}

type ReplyMessage =
  | { readonly id: number; readonly reply: unknown }
  | { readonly id: number; readonly error: string }

export async function startHelper<Served extends Operations>(module: URL): Promise<Helper<Served>> {
  const child = fork(module, { serialization: 'advanced' })
  await once(child, 'spawn')
  const pending = new Map<number, PromiseWithResolvers<never>>()
  child.on('message', (message) => settle(pending, trusted<ReplyMessage>(message)))
  child.on('exit', (code, signal) => {
    const error = new Error(`${module.pathname} ended with ${code ?? signal}`)
    for (const waiting of pending.values()) waiting.reject(error)
    pending.clear()
  })
  let taskCount = 0
  return {
    processId: child.pid ?? Number.NaN,
    call(name, task) {
      const id = taskCount++
      const waiting = Promise.withResolvers<never>()
      pending.set(id, waiting)
      child.send({ id, name, task } satisfies TaskMessage)
      return waiting.promise
    },
    [Symbol.asyncDispose]: () => stop(child),
  }
}

/** Makes this process a helper with these operations. */
export function serveOperations<Served extends Operations>(operations: Served): void {
  process.on('message', (message) => {
    void answer(operations, trusted<TaskMessage>(message))
  })
  process.on('disconnect', () => process.exit())
}

async function answer(operations: Operations, { id, name, task }: TaskMessage): Promise<void> {
  const send = (message: ReplyMessage): void => {
    process.send?.(message)
  }
  try {
    const operation = operations[name]
    if (operation === undefined) throw new Error(`This helper has no operation ${name}`)
    send({ id, reply: await operation(trusted<never>(task)) })
  } catch (thrown) {
    send({ id, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) })
  }
}

function settle(pending: Map<number, PromiseWithResolvers<never>>, message: ReplyMessage): void {
  const waiting = pending.get(message.id)
  pending.delete(message.id)
  if ('error' in message) waiting?.reject(new Error(message.error))
  else waiting?.resolve(trusted<never>(message.reply))
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

/** Both ends of the pipe are this bench's own modules, typed by one another. */
function trusted<T>(message: unknown): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return message as T
}
