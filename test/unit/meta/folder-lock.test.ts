import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import type { FolderLock } from '../../../src/meta/folder-lock.ts'
import { lockFolder } from '../../../src/meta/folder-lock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

describe('a folder lock', () => {
  it('refuses a second opener in the same process, and says who has it', async () => {
    await using folder = await temporaryFolder()
    await using lock = await takeLock(folder.path)
    await lock.announce('127.0.0.1:19530')
    await expect(takeLock(folder.path)).rejects.toMatchObject({
      code: 'FOLDER_LOCKED',
      message: text(
        new RegExp(
          `Cannot open ${folder.path}: process ${process.pid} on ${hostname()} .*` +
            'since \\d{4}-\\d\\d-\\d\\dT.*, listening on 127.0.0.1:19530$',
        ),
      ),
    })
  })

  it('does not speak of an address before there is one', async () => {
    await using folder = await temporaryFolder()
    await using _ = await takeLock(folder.path)
    await expect(takeLock(folder.path)).rejects.toMatchObject({ message: text(/since [^,]*$/) })
  })

  it('can be taken again once it is released', async () => {
    await using folder = await temporaryFolder()
    for (let i = 0; i < 3; i++) {
      await using _ = await takeLock(folder.path)
    }
    await expect(takeAndRelease(folder.path)).resolves.toBeUndefined()
  })

  it('names another process that holds it, and is free as soon as that is killed', async () => {
    await using folder = await temporaryFolder()
    const holder = await startHolder(folder.path)
    await expect(takeLock(folder.path)).rejects.toMatchObject({
      code: 'FOLDER_LOCKED',
      message: text(new RegExp(`process ${holder.pid} `)),
    })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await expect(takeAndRelease(folder.path)).resolves.toBeUndefined()
  })

  it.each([
    '',
    'nonsense',
    '{"pid":1}',
    '{"pid":4194305,"host":"elsewhere","since":"","address":""}',
  ])('is not held by a file that says %j', async (content) => {
    await using folder = await temporaryFolder()
    await takeAndRelease(folder.path)
    writeFileSync(`${folder.path}/lock/HOLDER.json`, content)
    await expect(takeAndRelease(folder.path)).resolves.toBeUndefined()
  })

  it('does not name a holder that is dead', async () => {
    await using folder = await temporaryFolder()
    await using _ = await takeLock(folder.path)
    const dead = { pid: 4_194_305, host: hostname(), since: 'long ago', address: '' }
    writeFileSync(`${folder.path}/lock/HOLDER.json`, JSON.stringify(dead))
    await expect(takeLock(folder.path)).rejects.toMatchObject({
      code: 'FOLDER_LOCKED',
      message: text(/another process has it open$/),
    })
  })
})

function takeLock(folder: string): Promise<FolderLock> {
  return lockFolder({ folder, fileSystem: nodeFileSystem, clock: systemClock })
}

async function takeAndRelease(folder: string): Promise<void> {
  await using _ = await takeLock(folder)
}

async function startHolder(folder: string) {
  const program = fileURLToPath(new URL('../../support/hold-lock.ts', import.meta.url))
  const holder = spawn(process.execPath, [program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  return holder
}

function text(pattern: RegExp): unknown {
  return expect.stringMatching(pattern)
}
