import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { describeFileSystem } from './file-system-suite.ts'

describeFileSystem('node', async () => {
  const folder = await temporaryFolder()
  return {
    fileSystem: nodeFileSystem,
    folder: folder.path,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
})

describeFileSystem('simulated', async () => {
  const fileSystem = new SimulatedDisk({ random: seededRandom(1) })
  await fileSystem.makeFolder('/data')
  return { fileSystem, folder: '/data', [Symbol.asyncDispose]: async () => undefined }
})
