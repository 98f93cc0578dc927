import { parentPort, workerData } from 'node:worker_threads'
import type { IndexHandle } from '../../src/vector-index/contract.ts'
import { openIndex } from '../../src/vector-index/vector-index.ts'
import { openVectorStore } from '../../src/vector-index/vector-store.ts'

/** One thread of a build: says that it is ready, builds when it is told to, says that it is done. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what main.ts sends
const handle = workerData as IndexHandle
const store = openVectorStore(handle.store)
const index = openIndex(store, handle)
parentPort?.once('message', () => {
  const before = process.cpuUsage()
  index.build()
  const { user, system } = process.cpuUsage(before)
  parentPort?.postMessage((user + system) / 1000)
})
parentPort?.postMessage('ready')
