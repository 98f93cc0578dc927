import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { seededRandom } from '../../src/base/random.ts'
import { kib, mib } from '../../src/base/units.ts'
import { open } from '../../src/index.ts'
import { settingsDefault } from '../../src/services/settings.ts'
import type { CrashEvent } from './events.ts'
import { takeInventory } from './inventory.ts'
import type { SyncManner } from './ledger-file-system.ts'
import { ledgerFileSystem } from './ledger-file-system.ts'
import { runWorkload } from './workload.ts'

export interface CrashProcessOptions {
  readonly data: string
  readonly ledger: string
  readonly manner: SyncManner
  readonly seed: number
  readonly keyFrom: number
  /** `inventory`: says what it finds, closes and ends. `work`: goes on to work until killed. */
  readonly task: 'inventory' | 'work'
}

/** A whole database that is made to be killed. It says on its output what it was promised. */
async function main({ data, ledger, manner, seed, keyFrom, task }: CrashProcessOptions) {
  const database = await open({
    data,
    fileSystem: ledgerFileSystem(ledger, manner),
    settings: {
      indexedRowCountMin: 100,
      // Small, so that segments are sealed, flushed and indexed all the time.
      seal: {
        ...settingsDefault.seal,
        segmentSizeBytesMax: 64 * kib,
        lifetimeMs: 500,
        idleMs: 100,
        idleSizeBytesMin: 1,
        growingMemoryBytesHigh: 64 * mib,
        growingMemoryBytesMax: 256 * mib,
        deleteBufferBytesMax: 4 * kib,
      },
    },
  })
  // Whoever is killed never comes to the end, where this would be done.
  flushCompileCache()
  const found = await takeInventory(database.proxy)
  tell({ kind: 'found', collections: found })
  if (task === 'inventory') {
    await database.settled()
    tell({ kind: 'found', collections: await takeInventory(database.proxy) })
    await database.close()
    return
  }
  await runWorkload({ proxy: database.proxy, random: seededRandom(seed), tell, keyFrom }, found)
}

/** Written through to the pipe before it returns: what was told is heard, whenever the kill comes. */
function tell(event: CrashEvent): void {
  const line = Buffer.from(`${JSON.stringify(event)}\n`)
  for (let written = 0; written < line.length; ) written += writeSync(1, line, written)
}

function isOptions(value: unknown): value is CrashProcessOptions {
  return typeof value === 'object' && value !== null && 'data' in value && 'task' in value
}

const options: unknown = JSON.parse(process.argv[2] ?? 'null')
if (!isOptions(options)) throw new Error('Started without its options')
await main(options)
