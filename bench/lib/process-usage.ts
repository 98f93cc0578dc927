import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { kib } from '../../src/base/units.ts'

/**
 * What another process has used so far, asked of the kernel: nothing goes through the process that
 * is measured. All numbers are NaN where there is no /proc.
 */
export interface ProcessUsage {
  /** CPU time of all its threads, those that have ended too. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly residentPeakBytes: number
  readonly threadCount: number
}

export async function usageOf(processId: number): Promise<ProcessUsage> {
  const [statText, statusText] = await Promise.all([
    readFile(`/proc/${processId}/stat`, 'utf8').catch(() => ''),
    readFile(`/proc/${processId}/status`, 'utf8').catch(() => ''),
  ])
  return {
    cpuSeconds: cpuSecondsIn(statText),
    residentBytes: kib * numberIn(statusText, /^VmRSS:\s+(\d+) kB$/m),
    residentPeakBytes: kib * numberIn(statusText, /^VmHWM:\s+(\d+) kB$/m),
    threadCount: numberIn(statusText, /^Threads:\s+(\d+)$/m),
  }
}

/** Bytes that the files of a folder take on disk, sub-folders included. */
export async function sizeOnDisk(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const sizes = names.map(async (name) => {
    // Files come and go while a server runs: one that has just gone takes nothing.
    const facts = await stat(join(folder, name)).catch(() => undefined)
    return facts?.isFile() === true ? facts.blocks * 512 : 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** The kernel counts in USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

function cpuSecondsIn(statText: string): number {
  // proc(5): the second field is the command in parentheses and may hold anything, spaces too.
  const fields = statText.slice(statText.lastIndexOf(')') + 2).split(' ')
  const userTicks = Number(fields[11] ?? 'NaN')
  const systemTicks = Number(fields[12] ?? 'NaN')
  return (userTicks + systemTicks) / ticksPerSecond
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 'NaN')
}
