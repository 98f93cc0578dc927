import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { secondMs } from './units.ts'

/** What the process runs on, and how much of it is in use. */
export interface Hardware {
  readonly cpuCount: number
  /** Of all processors, since the process began: 0 to 100. */
  readonly cpuUsagePercent: number
  readonly memoryBytes: number
  /** This process's. */
  readonly memoryUsedBytes: number
  /** Of the file system that holds the folder; zero when it does not say. */
  readonly diskBytes: number
  readonly diskUsedBytes: number
}

export async function readHardware(folder: string): Promise<Hardware> {
  const cpuCount = availableParallelism()
  const { user, system } = process.cpuUsage()
  const cpuMs = (user + system) / 1000
  const share = cpuMs / (process.uptime() * secondMs * cpuCount)
  return {
    cpuCount,
    cpuUsagePercent: Math.min(100, 100 * share),
    memoryBytes: totalmem(),
    memoryUsedBytes: process.memoryUsage.rss(),
    ...(await readDisk(folder)),
  }
}

async function readDisk(folder: string): Promise<Pick<Hardware, 'diskBytes' | 'diskUsedBytes'>> {
  try {
    const { bsize, blocks, bfree } = await statfs(folder)
    return { diskBytes: blocks * bsize, diskUsedBytes: (blocks - bfree) * bsize }
  } catch {
    // Not every file system tells; the rest is worth knowing without it.
    return { diskBytes: 0, diskUsedBytes: 0 }
  }
}
