import { describe, expect, it } from 'vitest'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

describe('nodeFileSystem', () => {
  it.runIf(process.platform === 'linux')('says that a full disk is full', async () => {
    await using full = await nodeFileSystem.open('/dev/full', 'update')
    await expect(full.write([new Uint8Array(1)], 0)).rejects.toMatchObject({ code: 'DISK_FULL' })
  })

  it('keeps the cause of a failure', async () => {
    await using folder = await temporaryFolder()
    const cause: unknown = expect.objectContaining({ code: 'EISDIR' })
    await expect(nodeFileSystem.readFile(folder.path)).rejects.toMatchObject({
      code: 'IO_FAILED',
      cause,
    })
  })
})
