import { assert } from '../base/assert.ts'
import type { ElanusError } from '../base/errors.ts'
import type { SearchHits } from '../segment/search-segments.ts'
import type { RowReferences, Segment } from '../segment/segment.ts'
import { canceled, fromFailure } from './failure.ts'
import type { SearchThreadAnswer, SearchThreadRequest } from './search-codec.ts'
import type {
  AggregateTask,
  EncodedFilter,
  MatchTask,
  RowGroup,
  SearchTask,
  SelectTask,
} from './tasks.ts'

/** One request on its way to a search thread and back. It is settled once; what comes later is void. */
export interface SearchJob {
  readonly segments: readonly Segment[]
  readonly queryCount: number
  /** About as many as the request takes on its way. */
  readonly sizeBytes: number
  readonly isSettled: boolean
  request(): SearchThreadRequest
  answer(answer: SearchThreadAnswer): void
  fail(error: ElanusError): void
}

abstract class Job<Result> implements SearchJob {
  readonly result: Promise<Result>
  readonly segments: readonly Segment[]
  readonly #signal: AbortSignal | undefined
  readonly #onSettled: (job: SearchJob) => void
  readonly #resolve: (result: Result) => void
  readonly #reject: (error: ElanusError) => void
  readonly #onAbort = (): void => this.fail(canceled('search', this.#signal?.reason))
  #isSettled = false

  protected constructor(segments: readonly Segment[], options: SearchJobOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.result = promise
    this.segments = segments
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = options.signal
    this.#onSettled = options.onSettled
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  abstract readonly queryCount: number
  abstract readonly sizeBytes: number
  abstract request(): SearchThreadRequest
  protected abstract unpack(answer: SearchThreadAnswer): Result

  answer(answer: SearchThreadAnswer): void {
    if (answer.kind === 'failed') this.fail(fromFailure(answer))
    else this.#settle(() => this.#resolve(this.unpack(answer)))
  }

  fail(error: ElanusError): void {
    this.#settle(() => this.#reject(error))
  }

  protected generations(): readonly number[] {
    return this.segments.map((segment) => segment.generation)
  }

  #settle(settle: () => void): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    settle()
    this.#onSettled(this)
  }
}

export interface SearchJobOptions {
  readonly signal: AbortSignal | undefined
  readonly onSettled: (job: SearchJob) => void
}

const noFilter: EncodedFilter = new Uint8Array(0)

export class NearestJob extends Job<SearchHits> {
  readonly queryCount: number
  readonly sizeBytes: number
  readonly #search: SearchTask

  constructor(task: SearchTask, options: SearchJobOptions) {
    super(task.segments, options)
    this.queryCount = task.queryCount
    this.sizeBytes = task.queries.length + (task.filter?.length ?? 0)
    this.#search = task
  }

  request(): SearchThreadRequest {
    const { filter = noFilter } = this.#search
    return { ...this.#search, kind: 'search', generations: this.generations(), filter }
  }

  protected unpack(answer: SearchThreadAnswer): SearchHits {
    assert(answer.kind === 'hits', 'an answer fits its request')
    return answer.hits
  }
}

export class SelectJob extends Job<RowReferences> {
  readonly queryCount = 1
  readonly sizeBytes: number
  readonly #task: SelectTask

  constructor(task: SelectTask, options: SearchJobOptions) {
    super(task.segments, options)
    this.sizeBytes = task.filter?.length ?? 0
    this.#task = task
  }

  request(): SearchThreadRequest {
    const { filter = noFilter } = this.#task
    return { ...this.#task, kind: 'select', generations: this.generations(), filter }
  }

  protected unpack(answer: SearchThreadAnswer): RowReferences {
    assert(answer.kind === 'rows', 'an answer fits its request')
    return answer.rows
  }
}

abstract class FilterJob<Result> extends Job<Result> {
  readonly queryCount = 1
  readonly sizeBytes: number
  protected readonly task: MatchTask

  constructor(task: MatchTask, options: SearchJobOptions) {
    super(task.segments, options)
    this.sizeBytes = task.filter.length
    this.task = task
  }
}

export class MatchJob extends FilterJob<RowReferences> {
  request(): SearchThreadRequest {
    return { ...this.task, kind: 'match', generations: this.generations() }
  }

  protected unpack(answer: SearchThreadAnswer): RowReferences {
    assert(answer.kind === 'rows', 'an answer fits its request')
    return answer.rows
  }
}

export class CountJob extends FilterJob<number> {
  request(): SearchThreadRequest {
    return { ...this.task, kind: 'count', generations: this.generations() }
  }

  protected unpack(answer: SearchThreadAnswer): number {
    assert(answer.kind === 'count', 'an answer fits its request')
    return answer.count
  }
}

export class AggregateJob extends Job<readonly RowGroup[]> {
  readonly queryCount = 1
  readonly sizeBytes: number
  readonly #task: AggregateTask

  constructor(task: AggregateTask, options: SearchJobOptions) {
    super(task.segments, options)
    this.sizeBytes = task.filter?.length ?? 0
    this.#task = task
  }

  request(): SearchThreadRequest {
    const { filter = noFilter } = this.#task
    return { ...this.#task, kind: 'groups', generations: this.generations(), filter }
  }

  protected unpack(answer: SearchThreadAnswer): readonly RowGroup[] {
    assert(answer.kind === 'groups', 'an answer fits its request')
    return answer.groups
  }
}
