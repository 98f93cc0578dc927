import type { IndexId } from '../../base/int64.ts'
import type { WorkerPool } from '../../workers/pool.ts'
import type { BuildFacts, BuildTask } from '../../workers/tasks.ts'

/** A build, and the index that it is for. */
export interface IndexBuildTask extends BuildTask {
  readonly indexId: IndexId
}

/** Where builds are done: on threads of this process, or by nodes in others. */
export interface IndexBuilder {
  /** How many builds it can do at once, now. */
  readonly capacity: number
  /** Rejects as WorkerPool does. What a build leaves when it fails is the caller's to drop. */
  build(task: IndexBuildTask, signal: AbortSignal): Promise<BuildFacts>
  /** Calls back when there is more capacity than there was. */
  subscribe(listener: () => void): Disposable
}

export function poolBuilder(pool: WorkerPool, capacity: number): IndexBuilder {
  return {
    capacity,
    build: (task, signal) => pool.build(task, signal),
    subscribe: () => ({ [Symbol.dispose]: () => {} }),
  }
}
