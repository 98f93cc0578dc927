import type { SegmentHandle } from '../segment/segment-handle.ts'

/**
 * What passes between the pool and one search thread, over a port of their own.
 *
 *     pool                                         thread
 *     open    the shared records ───────────────▶
 *     attach  handles that it has not seen ─────▶  keep them by generation
 *     number  of requests, a run of them ───────▶  answer each, in order
 *             ◀────────────── number of answers    some at a time
 *     forget  generations ──────────────────────▶  let go, collect garbage
 *             ◀──────────────────────── forgotten
 *     stop ─────────────────────────────────────▶  end
 *
 * Both sides see messages in the order in which they were sent, so the pool always knows what a
 * thread has attached. Run r has its requests and answers in the records at r modulo the number of
 * runs that a thread may have at once: nobody writes there before everything there was read.
 */
export type ToSearchThread =
  | number
  | { readonly kind: 'open'; readonly runs: readonly RunRecords[] }
  | { readonly kind: 'attach'; readonly handles: readonly SegmentHandle[] }
  | { readonly kind: 'forget'; readonly generations: readonly number[] }
  | { readonly kind: 'stop' }

export type FromSearchThread =
  | number
  | { readonly kind: 'ready'; readonly threadId: number }
  | { readonly kind: 'forgotten' }

/** Shared memory for the requests and the answers of one run; see shared-records.ts. */
export interface RunRecords {
  readonly requests: SharedArrayBuffer
  readonly answers: SharedArrayBuffer
}

/** Runs that a thread has at once: one that it works on, and one so that it need not wait for us. */
export const runCountMax = 2
