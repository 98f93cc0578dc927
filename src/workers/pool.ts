import type { RowReferences, Segment } from '../segment/segment.ts'
import type { SealedSegmentHandle } from '../segment/segment-handle.ts'
import type { BinlogFacts } from '../storage/binlog-facts.ts'
import type {
  AggregateTask,
  BuildFacts,
  BuildTask,
  FlushDeletesTask,
  FlushFacts,
  FlushTask,
  LoadTask,
  MatchTask,
  MergeFacts,
  MergeTask,
  RowGroup,
  SearchHits,
  SearchTask,
  SelectTask,
} from './tasks.ts'

/**
 * The worker threads, as services see them.
 *
 * Every method rejects with an ElanusError: what the work itself met; WORKER_FAILED when the thread
 * threw something else, ran out of memory or ended (it is replaced, and other tasks go on); CANCELED
 * once the signal aborts; RATE_LIMITED when too much waits already; CLOSED.
 */
export interface WorkerPool extends AsyncDisposable {
  flush(task: FlushTask, signal?: AbortSignal): Promise<FlushFacts>
  flushDeletes(task: FlushDeletesTask, signal?: AbortSignal): Promise<BinlogFacts>
  build(task: BuildTask, signal?: AbortSignal): Promise<BuildFacts>
  /** Attach the handle to have the segment: `SealedSegment.attach`. */
  load(task: LoadTask, signal?: AbortSignal): Promise<SealedSegmentHandle>
  /** Makes one segment of several; their files are left as they are. */
  merge(task: MergeTask, signal?: AbortSignal): Promise<MergeFacts>
  search(task: SearchTask, signal?: AbortSignal): Promise<SearchHits>
  select(task: SelectTask, signal?: AbortSignal): Promise<RowReferences>
  match(task: MatchTask, signal?: AbortSignal): Promise<RowReferences>
  count(task: MatchTask, signal?: AbortSignal): Promise<number>
  aggregate(task: AggregateTask, signal?: AbortSignal): Promise<readonly RowGroup[]>
  /**
   * Makes every thread let go of segments that nothing searches any more, so that their memory goes
   * back to the system once the caller has dropped them too.
   */
  forget(segments: readonly ForgottenSegment[]): Promise<void>
  /** Waits for what runs, rejects what waits with CLOSED, and ends the threads. */
  close(): Promise<void>
}

export type ForgottenSegment = Pick<Segment, 'generation' | 'memoryBytes'>
