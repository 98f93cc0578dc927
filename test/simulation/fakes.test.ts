import { openMemoryMeta } from '../../src/meta/memory-meta.ts'
import { describeMeta } from '../conformance/meta/meta-suite.ts'
import { describeObjectStore } from '../conformance/storage/object-store-suite.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedMeta } from './simulated-meta.ts'
import { SimulatedObjects, type StoredObjects } from './simulated-objects.ts'
import { SimulatedProcess } from './simulated-process.ts'

/** What stands in for the real parts keeps to the same rules as they. */
describeMeta('simulated', async () => {
  const process = running()
  const kv = new SimulatedMeta({ durable: openMemoryMeta(), process, isFull: () => false })
  return {
    kv,
    async [Symbol.asyncDispose]() {
      await kv[Symbol.asyncDispose]()
      process.die()
    },
  }
})

describeObjectStore('simulated', async () => {
  const stored: StoredObjects = new Map()
  const process = running()
  return {
    open: async () =>
      new SimulatedObjects({
        stored,
        process,
        isFull: () => false,
        nowMs: () => Date.now(),
        onDrop: () => {},
      }),
    [Symbol.asyncDispose]: async () => process.die(),
  }
})

/** A process whose events come by themselves, until it dies. */
function running(): SimulatedProcess {
  const scheduler = new Scheduler(1)
  const process = new SimulatedProcess('test', scheduler, 0)
  const pump = async (): Promise<void> => {
    while (!process.isDead) {
      if (await scheduler.step()) continue
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
  }
  void pump()
  return process
}
