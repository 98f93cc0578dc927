import { setPriority } from 'node:os'
import { threadId } from 'node:worker_threads'
import { unreachable } from '../base/assert.ts'
import { nodeFileSystem } from '../base/node-file-system.ts'
import { buildIndex, helpBuild } from '../segment/build-index.ts'
import { flushSegment } from '../segment/flush-segment.ts'
import { loadSegment } from '../segment/load-segment.ts'
import { mergeSegments } from '../segment/merge-segments.ts'
import { writeDeleteLog } from '../storage/delete-log.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { attachObjectStore } from '../storage/object-store-location.ts'
import type { IndexHandle } from '../vector-index/contract.ts'
import {
  type BackgroundAnswer,
  type BackgroundMessage,
  isTaskCanceled,
  markThread,
} from './background-messages.ts'
import { collectGarbage } from './collect-garbage.ts'
import { canceled, toFailure } from './failure.ts'

const niceness = 10

// Linux gives each thread a priority of its own, and zero is the calling one: the event loop and the
// searches come first. Elsewhere it would lower the whole process.
if (process.platform === 'linux') setPriority(0, niceness)

/** Does one piece of background work. Never throws: what went wrong is the answer. */
export async function work(message: BackgroundMessage): Promise<BackgroundAnswer> {
  markThread(message.watch, threadId)
  try {
    return await answer(message)
  } catch (error) {
    return toFailure(error)
  } finally {
    // What the task held is shared, and would stay for as long as this thread idles.
    setImmediate(collectGarbage)
  }
}

async function answer(message: BackgroundMessage): Promise<BackgroundAnswer> {
  const { watch, request } = message
  const store: ObjectStore = attachObjectStore(message.objects, nodeFileSystem)
  const checkpoint = (): void => {
    if (isTaskCanceled(watch)) throw canceled(request.kind, undefined)
  }
  checkpoint()
  switch (request.kind) {
    case 'flush': {
      const value = await flushSegment(store, request.flush, checkpoint)
      return { kind: 'done', of: 'flush', value }
    }
    case 'flushDeletes':
      return { kind: 'done', of: 'flushDeletes', value: await writeDeleteLog(store, request.log) }
    case 'build': {
      const share = (index: IndexHandle): void => message.share?.postMessage(index)
      const value = await buildIndex(store, request.build, request.control, share)
      return { kind: 'done', of: 'build', value }
    }
    case 'helpBuild':
      helpBuild(request.index, request.control)
      return { kind: 'done', of: 'helpBuild' }
    case 'load':
      return { kind: 'done', of: 'load', value: await loadSegment(store, request.load, checkpoint) }
    case 'merge': {
      const value = await mergeSegments(store, request.merge, checkpoint)
      return { kind: 'done', of: 'merge', value }
    }
    default:
      return unreachable(request)
  }
}
