import { parentPort, workerData } from 'node:worker_threads'
import { attach } from '../../../src/kernels/attachment.ts'
import type { SharedMemory } from '../../../src/kernels/web-assembly.ts'

/** Attaches so many times, says so, and never closes. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the test sends
const { memory, count } = workerData as { memory: SharedMemory; count: number }
const open = Array.from({ length: count }, () => attach(memory))
parentPort?.postMessage(open.map(({ slot }) => slot))
setInterval(() => open.length, 1 << 30)
