import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import { openMemoryMeta } from '../../../src/meta/memory-meta.ts'
import { openRocksMeta } from '../../../src/meta/rocks-meta.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { describeMeta } from './meta-suite.ts'

describeMeta('memory', async () => {
  const kv = openMemoryMeta()
  return { kv, [Symbol.asyncDispose]: () => kv[Symbol.asyncDispose]() }
})

describeMeta('RocksDB', async () => {
  const folder = await temporaryFolder()
  const kv = await openRocksMeta({
    folder: `${folder.path}/meta`,
    fileSystem: nodeFileSystem,
    onFatal: (error) => {
      throw error
    },
  })
  return {
    kv,
    async [Symbol.asyncDispose]() {
      await kv[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
})
