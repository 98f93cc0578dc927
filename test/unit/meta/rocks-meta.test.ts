import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import type { FileSystem, OpenFile } from '../../../src/base/file-system.ts'

import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import type { MetaKv } from '../../../src/meta/meta-kv.ts'
import { openRocksMeta } from '../../../src/meta/rocks-meta.ts'
import { logNumberOf } from '../../../src/meta/wal-sync.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

describe('RocksDB meta', () => {
  it('holds the same when it is opened again', async () => {
    await using folder = await temporaryFolder()
    {
      await using kv = await openMeta(folder.path)
      for (let i = 0; i < 100; i++) await putNumber(kv, i)
    }
    await using kv = await openMeta(folder.path)
    expect(await countOf(kv)).toBe(100)
  })

  it('syncs the log that a batch went to before it acknowledges it', async () => {
    await using folder = await temporaryFolder()
    const synced: string[] = []
    await using kv = await openMeta(
      folder.path,
      watching(async (path) => void synced.push(path)),
    )
    for (let i = 0; i < 5; i++) {
      const before = synced.length
      await putNumber(kv, i)
      expect(synced.slice(before)).toHaveLength(1)
    }
    const [log] = await logsIn(folder.path)
    expect(synced.at(-1)).toContain(log)
  })

  it('shares one sync among all that wait', async () => {
    await using folder = await temporaryFolder()
    let syncCount = 0
    await using kv = await openMeta(
      folder.path,
      watching(async () => void syncCount++),
    )
    const before = syncCount
    await Promise.all(Array.from({ length: 100 }, (_, i) => putNumber(kv, i)))
    expect(syncCount - before).toBe(1)
  })

  it('syncs every log that is left when RocksDB has gone on to the next', async () => {
    await using folder = await temporaryFolder()
    const synced = new Set<number | undefined>()
    const note = async (path: string): Promise<void> => {
      synced.add(logNumberOf(path.slice(path.lastIndexOf('/') + 1)))
    }
    await using kv = await openMeta(folder.path, watching(note))
    const value = new Uint8Array(1 << 20)
    for (let i = 0; i < 12; i++) await kv.write([{ kind: 'put', key: Uint8Array.of(i), value }])
    const left = (await logsIn(folder.path)).map((name) => logNumberOf(name))
    expect(synced.size).toBeGreaterThan(1)
    expect(left.filter((number) => !synced.has(number))).toEqual([])
  })

  it('ends for good when a sync fails, says so once, and holds what was acknowledged', async () => {
    await using folder = await temporaryFolder()
    let isFailing = false
    const failing = watching(async (path) => {
      if (isFailing) throw new ElanusError('IO_FAILED', `Could not sync ${path}`)
    })
    const fatal: ElanusError[] = []
    {
      await using kv = await openMeta(folder.path, failing, (error) => fatal.push(error))
      await putNumber(kv, 1)
      isFailing = true
      const outcomes = await Promise.allSettled([putNumber(kv, 2), putNumber(kv, 3)])
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'IO_FAILED' } })
      }
      isFailing = false
      await expect(putNumber(kv, 4)).rejects.toBe(fatal[0])
      await expect(kv.get(Uint8Array.of(1))).rejects.toBe(fatal[0])
    }
    expect(fatal).toHaveLength(1)
    await using kv = await openMeta(folder.path)
    expect(await kv.get(keyOf(1))).toBeDefined()
    expect(await kv.get(keyOf(4))).toBeUndefined()
  })

  it('refuses a second opener, also through another path', async () => {
    await using folder = await temporaryFolder()
    mkdirSync(`${folder.path}/a`)
    symlinkSync(`${folder.path}/a`, `${folder.path}/b`)
    await using kv = await openMeta(`${folder.path}/a`)
    await expect(openMeta(`${folder.path}/a`)).rejects.toMatchObject({ code: 'FOLDER_LOCKED' })
    await expect(openMeta(`${folder.path}/b`)).rejects.toMatchObject({ code: 'FOLDER_LOCKED' })
    await putNumber(kv, 1)
  })

  it('keeps no reports of earlier starts', async () => {
    await using folder = await temporaryFolder()
    for (let i = 0; i < 3; i++) await (await openMeta(folder.path))[Symbol.asyncDispose]()
    const names = (await nodeFileSystem.list(folder.path)).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('LOG.old'))).toHaveLength(0)
  })

  it.runIf(canMount())(
    'goes on reading on a full disk, and writes once there is room',
    async () => {
      await using disk = await mountSmallDisk()
      await using kv = await openMeta(`${disk.path}/meta`)
      await using ballast = await nodeFileSystem.open(`${disk.path}/ballast`, 'create')
      let acknowledgedCount = 0
      const writeUntilFull = async (): Promise<void> => {
        for (;;) {
          await kv.write([
            { kind: 'put', key: keyOf(acknowledgedCount), value: new Uint8Array(5000) },
          ])
          acknowledgedCount += 1
        }
      }
      await fill(ballast, 12 << 20)
      await expect(writeUntilFull()).rejects.toMatchObject({ code: 'DISK_FULL' })
      await expect(putNumber(kv, 1)).rejects.toMatchObject({ code: 'DISK_FULL' })
      expect(await countOf(kv)).toBe(acknowledgedCount)

      await ballast.truncate(0)
      await putNumber(kv, acknowledgedCount)
      expect(await countOf(kv)).toBe(acknowledgedCount + 1)
    },
  )
})

function openMeta(
  folder: string,
  fileSystem = nodeFileSystem,
  onFatal: (error: ElanusError) => void = () => undefined,
): Promise<MetaKv> {
  return openRocksMeta({ folder, fileSystem, onFatal })
}

/** The real file system, with something to do before each sync of a file. */
function watching(beforeSync: (path: string) => Promise<void>): FileSystem {
  return {
    ...nodeFileSystem,
    open: async (path, mode): Promise<OpenFile> => {
      const file = await nodeFileSystem.open(path, mode)
      return {
        path,
        read: (target, offset) => file.read(target, offset),
        write: (parts, offset) => file.write(parts, offset),
        datasync: async () => {
          await beforeSync(path)
          await file.datasync()
        },
        truncate: (sizeBytes) => file.truncate(sizeBytes),
        size: () => file.size(),
        close: () => file.close(),
        [Symbol.asyncDispose]: () => file.close(),
      }
    },
  }
}

async function logsIn(folder: string): Promise<readonly string[]> {
  const names = (await nodeFileSystem.list(folder)).map(({ name }) => name)
  return names.filter((name) => logNumberOf(name) !== undefined)
}

function keyOf(number: number): Uint8Array {
  return new Uint8Array(new Uint32Array([number]).buffer)
}

function putNumber(kv: MetaKv, number: number): Promise<void> {
  return kv.write([{ kind: 'put', key: keyOf(number), value: Uint8Array.of(1) }])
}

async function countOf(kv: MetaKv): Promise<number> {
  const entries = await Array.fromAsync(kv.scan(new Uint8Array()))
  return entries.length
}

/** A file system that can be full is made by mounting one, which takes a privileged user. */
function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && tryMount()
}

function tryMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

async function mountSmallDisk(): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await temporaryFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder.path])
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      execFileSync('umount', [folder.path])
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function fill(file: OpenFile, sizeBytes: number): Promise<void> {
  await file.write([new Uint8Array(sizeBytes)], 0)
}
