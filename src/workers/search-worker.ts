import { type MessagePort, threadId } from 'node:worker_threads'
import { assert, present, unreachable } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import { aggregateRows } from '../segment/aggregate-rows.ts'
import { FilterCache } from '../segment/filter-cache.ts'
import { searchSegments } from '../segment/search-segments.ts'
import type { SegmentHandle } from '../segment/segment-handle.ts'
import { SegmentRows } from '../segment/segment-rows.ts'
import { countRows, matchRows, selectRows } from '../segment/select-rows.ts'
import { collectGarbage } from './collect-garbage.ts'
import { toFailure } from './failure.ts'
import {
  readRequest,
  type SearchThreadAnswer,
  type SearchThreadRequest,
  writeAnswer,
} from './search-codec.ts'
import type { FromSearchThread, ToSearchThread } from './search-messages.ts'
import { RecordReader, RecordWriter } from './shared-records.ts'

/**
 * A search thread. The pool runs `serve` once on each; it answers what comes through the port until
 * it is told to stop.
 */
export function serve(port: MessagePort): Promise<void> {
  return new Promise((resolve) => new SearchThread(port, resolve).start())
}

/** A caller is not kept waiting longer than this for the others of its run. */
const answerDelayMs = 0.5

interface Run {
  readonly requests: RecordReader
  readonly answers: RecordWriter
}

class SearchThread {
  readonly #port: MessagePort
  readonly #onStop: () => void
  readonly #handles = new Map<number, SegmentHandle>()
  /** Those that were searched here, by generation. */
  readonly #attached = new Map<number, SegmentRows>()
  readonly #filters = new FilterCache()
  #runs: readonly Run[] = []
  #runCount = 0

  constructor(port: MessagePort, onStop: () => void) {
    this.#port = port
    this.#onStop = onStop
  }

  start(): void {
    this.#port.on('message', (message: ToSearchThread) => this.#take(message))
    this.#send({ kind: 'ready', threadId })
  }

  #take(message: ToSearchThread): void {
    if (typeof message === 'number') {
      this.#run(message)
      return
    }
    switch (message.kind) {
      case 'open':
        this.#runs = message.runs.map(({ requests, answers }) => ({
          requests: new RecordReader(requests),
          answers: new RecordWriter(answers),
        }))
        return
      case 'attach':
        for (const handle of message.handles) this.#handles.set(handle.generation, handle)
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

  #run(requestCount: number): void {
    const { requests, answers } = present(this.#runs[this.#runCount % this.#runs.length], 'is open')
    this.#runCount += 1
    requests.clear()
    answers.clear()
    let ready = 0
    let sentMs = performance.now()
    for (let request = 0; request < requestCount; request++) {
      this.#write(answers, this.#answer(readRequest(requests)))
      ready += 1
      const nowMs = performance.now()
      if (nowMs - sentMs < answerDelayMs && request + 1 < requestCount) continue
      this.#send(ready)
      ready = 0
      sentMs = nowMs
    }
  }

  /** What turns out not to fit an answer is told instead. */
  #write(answers: RecordWriter, answer: SearchThreadAnswer): void {
    try {
      writeAnswer(answers, answer)
    } catch (error) {
      writeAnswer(answers, toFailure(error))
    }
  }

  #answer(request: SearchThreadRequest): SearchThreadAnswer {
    try {
      return this.#read(request)
    } catch (error) {
      // After a trap nothing is known of the thread's working space: the next search takes another.
      if (!(error instanceof ElanusError)) this.#detach(request.generations)
      return toFailure(error)
    }
  }

  #read(request: SearchThreadRequest): SearchThreadAnswer {
    const segments = request.generations.map((generation) => this.#attach(generation))
    const filter = request.filter.length === 0 ? undefined : this.#filters.compiled(request.filter)
    switch (request.kind) {
      case 'search':
        return { kind: 'hits', hits: searchSegments(segments, request, filter) }
      case 'select':
        return { kind: 'rows', rows: selectRows(segments, request, filter) }
      case 'match':
        return { kind: 'rows', rows: matchRows(segments, request, filter) }
      case 'count':
        return { kind: 'count', count: countRows(segments, request, filter) }
      case 'groups': {
        const { aggregation } = request
        return { kind: 'groups', groups: aggregateRows(segments, request, filter, aggregation) }
      }
      default:
        return unreachable(request)
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
