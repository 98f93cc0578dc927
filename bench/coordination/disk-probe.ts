import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { measureRate } from './rates.ts'

/** About what a change of a definition adds to meta's log. */
const recordBytes = new Uint8Array(1_024).fill(0x5a)

/**
 * How often a second this disk makes an appended record durable: what no serial chain of durable
 * changes can outrun.
 */
export async function measureSyncRate(folder: string, durationMs: number): Promise<number> {
  const path = join(folder, 'sync-probe')
  const file = await open(path, 'a')
  try {
    const call = async (): Promise<void> => {
      await file.write(recordBytes)
      await file.datasync()
    }
    return await measureRate({ call, concurrency: 1, durationMs })
  } finally {
    await file.close()
    await rm(path)
  }
}
