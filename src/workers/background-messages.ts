import type { MessagePort } from 'node:worker_threads'
import type { BuildFacts, BuildRequest } from '../segment/build-index.ts'
import type { FlushFacts } from '../segment/flush-plan.ts'
import type { FlushRequest } from '../segment/flush-segment.ts'
import type { LoadRequest } from '../segment/load-segment.ts'
import type { MergeFacts, MergeRequest } from '../segment/merge-segments.ts'
import type { SealedSegmentHandle } from '../segment/segment-handle.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import type { DeleteLog } from '../storage/delete-log.ts'
import type { ObjectStoreLocation } from '../storage/object-store-location.ts'
import type { BuildControl, IndexHandle } from '../vector-index/contract.ts'
import type { Failure } from './failure.ts'

/** One piece of background work as it is sent to a thread. */
export interface BackgroundMessage {
  readonly objects: ObjectStoreLocation
  readonly watch: TaskWatch
  readonly request: BackgroundRequest
  /** Where a build says which index it is about to fill, so that others may help. */
  readonly share?: MessagePort | undefined
}

export type BackgroundRequest =
  | { readonly kind: 'flush'; readonly flush: FlushRequest }
  | { readonly kind: 'flushDeletes'; readonly log: DeleteLog }
  | { readonly kind: 'build'; readonly build: BuildRequest; readonly control: BuildControl }
  | { readonly kind: 'helpBuild'; readonly index: IndexHandle; readonly control: BuildControl }
  | { readonly kind: 'load'; readonly load: LoadRequest }
  | { readonly kind: 'merge'; readonly merge: MergeRequest }

/** What a request is answered with when it does not fail; `of` is its kind. */
export type BackgroundResult =
  | { readonly kind: 'done'; readonly of: 'flush'; readonly value: FlushFacts }
  | { readonly kind: 'done'; readonly of: 'flushDeletes'; readonly value: BinlogFacts }
  | { readonly kind: 'done'; readonly of: 'build'; readonly value: BuildFacts }
  | { readonly kind: 'done'; readonly of: 'helpBuild' }
  | { readonly kind: 'done'; readonly of: 'load'; readonly value: SealedSegmentHandle }
  | { readonly kind: 'done'; readonly of: 'merge'; readonly value: MergeFacts }

export type BackgroundAnswer = BackgroundResult | Failure

/**
 * Two shared words beside a task: whether it is to stop, which the pool writes, and which thread has
 * it, which the thread writes (a thread that dies cannot say so any more).
 */
export interface TaskWatch {
  readonly words: Int32Array<SharedArrayBuffer>
}

const cancelWord = 0
const threadWord = 1

export function createTaskWatch(): TaskWatch {
  return { words: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) }
}

export function cancelTask(watch: TaskWatch): void {
  Atomics.store(watch.words, cancelWord, 1)
}

export function isTaskCanceled(watch: TaskWatch): boolean {
  return Atomics.load(watch.words, cancelWord) !== 0
}

export function markThread(watch: TaskWatch, threadId: number): void {
  Atomics.store(watch.words, threadWord, threadId)
}

/** Undefined while no thread has the task. */
export function threadOf(watch: TaskWatch): number | undefined {
  const threadId = Atomics.load(watch.words, threadWord)
  return threadId === 0 ? undefined : threadId
}
