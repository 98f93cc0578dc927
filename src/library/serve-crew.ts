import { parentPort } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { toFailure } from '../workers/failure.ts'
import type { FromCrewThread } from './crew.ts'

/** The thread's end of a crew: does the tasks that it is sent, one after another. */
export function serveCrew<Task>(perform: (task: Task) => unknown): void {
  const port = parentPort
  assert(port !== null, 'a crew serves on a thread of its own')
  const send = (message: FromCrewThread): void => port.postMessage(message)
  port.on('message', (task: Task) => void answer(perform, task).then(send))
  send({ kind: 'ready' })
}

async function answer<Task>(perform: (task: Task) => unknown, task: Task): Promise<FromCrewThread> {
  try {
    return { kind: 'answer', answer: await perform(task) }
  } catch (thrown) {
    const isBroken = !(thrown instanceof ElanusError)
    return { kind: 'failure', failure: toFailure(thrown), isBroken }
  }
}
