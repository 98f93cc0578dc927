import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { startElanus } from '../lib/elanus-server.ts'
import { usageOf } from '../lib/process-usage.ts'

/** A server without data, started on a new folder. */
export interface EmptyStart {
  readonly readyMs: number
  readonly residentBytes: number
  readonly threadCount: number
}

/** Time for what starts in the background to have started. */
const settleMs = 1_000

export async function measureEmptyStart(workFolder: string, program: string): Promise<EmptyStart> {
  const dataFolder = await mkdtemp(join(workFolder, 'empty-'))
  await using elanus = await startElanus({ program, dataFolder, profileFolder: undefined })
  await systemClock.sleep(settleMs)
  const { residentBytes, threadCount } = await usageOf(elanus.processId)
  return { readyMs: elanus.readyMs, residentBytes, threadCount }
}
