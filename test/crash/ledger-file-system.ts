import { appendFileSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileSystem, OpenFile } from '../../src/base/file-system.ts'
import { nodeFileSystem } from '../../src/base/node-file-system.ts'

/**
 * `honest` syncs when asked to. `lying` answers at once and syncs a while later, as a disk with a
 * volatile cache does, or an engine that acknowledges before its sync.
 */
export type SyncManner = 'honest' | 'lying'

/** How much later a lying sync comes true. */
const lieMs = 150

/**
 * The real file system, with a ledger beside it of what is durable: a file that survives the process
 * and says up to which length each file was synced, and which names were.
 *
 *     made <path>          the file is new; its name is not durable yet
 *     synced <length> <path>
 *     named <folder>       every name in the folder is durable
 */
export function ledgerFileSystem(ledger: string, manner: SyncManner): FileSystem {
  const note = (line: string): void => appendFileSync(ledger, `${line}\n`)
  const sync = async (work: () => Promise<void>): Promise<void> => {
    if (manner === 'honest') await work()
    else setTimeout(() => void work().catch(() => undefined), lieMs)
  }
  return {
    ...nodeFileSystem,
    async open(path, mode) {
      const file = await nodeFileSystem.open(path, mode)
      if (mode === 'create') note(`made ${path}`)
      return ledgerFile(file, note, sync)
    },
    async syncFolder(path) {
      await sync(async () => {
        await nodeFileSystem.syncFolder(path)
        note(`named ${path}`)
      })
    },
  }
}

function ledgerFile(
  file: OpenFile,
  note: (line: string) => void,
  sync: (work: () => Promise<void>) => Promise<void>,
): OpenFile {
  return {
    path: file.path,
    read: (target, offset) => file.read(target, offset),
    write: (parts, offset) => file.write(parts, offset),
    async datasync() {
      const size = await file.size()
      await sync(async () => {
        await file.datasync()
        note(`synced ${size} ${file.path}`)
      })
    },
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    size: () => file.size(),
    close: () => file.close(),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

/**
 * Takes from the log and from meta what a power cut would: every file is cut to its last synced
 * length, and files whose names were not synced are gone. RocksDB syncs its tables by itself and
 * they stay; its logs that nobody synced are emptied.
 */
export async function cutPower(data: string, ledger: string): Promise<void> {
  const { syncedSizes, unnamed } = readLedger(ledger)
  for (const path of await filesAtRisk(data)) {
    if (unnamed.has(path)) rmSync(path)
    else truncateSync(path, Math.min(statSync(path).size, syncedSizes.get(path) ?? 0))
  }
}

function readLedger(ledger: string) {
  const syncedSizes = new Map<string, number>()
  const unnamed = new Set<string>()
  for (const line of readFileSync(ledger, 'utf8').split('\n')) {
    const [verb, ...words] = line.split(' ')
    if (verb === 'made') {
      unnamed.add(words.join(' '))
      syncedSizes.set(words.join(' '), 0)
    } else if (verb === 'synced') {
      syncedSizes.set(words.slice(1).join(' '), Number(words[0]))
    } else if (verb === 'named') {
      const named = [...unnamed].filter((path) => dirname(path) === words.join(' '))
      for (const path of named) unnamed.delete(path)
    }
  }
  return { syncedSizes, unnamed }
}

/** What is on the disk now stays: the ledger starts anew from it. */
export async function acceptAsDurable(data: string, ledger: string): Promise<void> {
  rmSync(ledger, { force: true })
  appendFileSync(ledger, '')
  for (const path of await filesAtRisk(data)) {
    appendFileSync(ledger, `synced ${statSync(path).size} ${path}\n`)
  }
}

async function filesAtRisk(data: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const part of ['log', 'meta']) {
    const folder = join(data, part)
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const isAtRisk = part === 'log' || entry.name.endsWith('.log')
      if (entry.isFile() && isAtRisk) found.push(join(entry.parentPath, entry.name))
    }
  }
  return found
}
