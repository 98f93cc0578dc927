import { type MessagePort, threadId } from 'node:worker_threads'
import { assert, unreachable } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { searchSegments } from '../segment/search-segments.ts'
import type { SegmentHandle } from '../segment/segment-handle.ts'
import { SegmentRows } from '../segment/segment-rows.ts'
import { selectRows } from '../segment/select-rows.ts'
import { collectGarbage } from './collect-garbage.ts'
import { toFailure } from './failure.ts'
import {
  type FromSearchThread,
  packHits,
  packRows,
  type SearchThreadAnswer,
  type SearchThreadRequest,
  type ToSearchThread,
} from './search-messages.ts'

/**
 * A search thread. The pool runs `serve` once on each; it answers what comes through the port until
 * it is told to stop.
 */
export function serve(port: MessagePort): Promise<void> {
  return new Promise((resolve) => new SearchThread(port, resolve).start())
}

/** A caller is not kept waiting longer than this for the others of its run. */
const answerDelayMs = 0.5

class SearchThread {
  readonly #port: MessagePort
  readonly #onStop: () => void
  readonly #handles = new Map<number, SegmentHandle>()
  /** Those that were searched here, by generation. */
  readonly #attached = new Map<number, SegmentRows>()

  constructor(port: MessagePort, onStop: () => void) {
    this.#port = port
    this.#onStop = onStop
  }

  start(): void {
    this.#port.on('message', (message: ToSearchThread) => this.#take(message))
    this.#send({ kind: 'ready', threadId })
  }

  #take(message: ToSearchThread): void {
    switch (message.kind) {
      case 'run':
        this.#run(message)
        return
      case 'forget':
        this.#forget(message.generations)
        return
      case 'stop':
        for (const rows of this.#attached.values()) rows[Symbol.dispose]()
        this.#port.close()
        this.#onStop()
        return
      default:
        unreachable(message)
    }
  }

  #run(message: Extract<ToSearchThread, { kind: 'run' }>): void {
    for (const handle of message.attach) this.#handles.set(handle.generation, handle)
    let answers: SearchThreadAnswer[] = []
    let sentMs = performance.now()
    for (const request of message.requests) {
      answers.push(this.#answer(request))
      const nowMs = performance.now()
      if (nowMs - sentMs < answerDelayMs) continue
      this.#send({ kind: 'answers', answers })
      answers = []
      sentMs = nowMs
    }
    if (answers.length > 0) this.#send({ kind: 'answers', answers })
  }

  #answer(request: SearchThreadRequest): SearchThreadAnswer {
    try {
      const segments = request.generations.map((generation) => this.#attach(generation))
      if (request.kind === 'select') return packRows(selectRows(segments, request))
      return packHits(searchSegments(segments, request))
    } catch (error) {
      // After a trap nothing is known of the thread's working space: the next search takes another.
      if (!(error instanceof ElanusError)) this.#detach(request.generations)
      return toFailure(error)
    }
  }

  #attach(generation: number): SegmentRows {
    const attached = this.#attached.get(generation)
    if (attached !== undefined) return attached
    const handle = this.#handles.get(generation)
    assert(handle !== undefined, 'a thread has the handles of what it is asked for')
    const rows = SegmentRows.attach(handle)
    this.#attached.set(generation, rows)
    return rows
  }

  #detach(generations: readonly number[]): void {
    for (const generation of generations) {
      this.#attached.get(generation)?.[Symbol.dispose]()
      this.#attached.delete(generation)
    }
  }

  #forget(generations: readonly number[]): void {
    this.#detach(generations)
    for (const generation of generations) this.#handles.delete(generation)
    // In a turn of its own, when nothing on the stack refers to the segments any more.
    setImmediate(() => {
      collectGarbage()
      this.#send({ kind: 'forgotten' })
    })
  }

  #send(message: FromSearchThread): void {
    this.#port.postMessage(message)
  }
}
