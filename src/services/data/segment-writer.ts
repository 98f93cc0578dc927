import type { SegmentRecord } from '../../meta/records.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { FlushFacts, FlushTask } from '../../workers/tasks.ts'

/** Who writes a segment's rows to objects: threads of this process, or nodes in others. */
export interface SegmentWriter {
  /** Rejects as WorkerPool does; then nothing that was written is named anywhere. */
  write(task: FlushTask, record: SegmentRecord): Promise<FlushFacts>
}

export function poolWriter(pool: WorkerPool): SegmentWriter {
  return { write: (task) => pool.flush(task) }
}
