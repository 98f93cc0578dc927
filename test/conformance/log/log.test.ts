import type { FileSystem } from '../../../src/base/file-system.ts'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { openFileLog } from '../../../src/log/file-log.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import type { Subject } from './log-suite.ts'
import { describeLog } from './log-suite.ts'

function fileLogIn(fileSystem: FileSystem, folder: string): Subject['open'] {
  return () =>
    openFileLog({
      folder,
      fileSystem,
      fileSizeBytesMax: 4096,
      onFatal: (error) => {
        throw error
      },
    })
}

describeLog('file', async () => {
  const folder = await temporaryFolder()
  return {
    open: fileLogIn(nodeFileSystem, `${folder.path}/log`),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
})

describeLog('simulated file', async () => {
  const disk = new SimulatedDisk({ random: seededRandom(1) })
  return { open: fileLogIn(disk, '/log'), [Symbol.asyncDispose]: async () => undefined }
})
