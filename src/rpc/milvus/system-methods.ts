import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { success } from './status.ts'

const { methods } = MilvusServiceDefinition

/**
 * The Milvus whose protocol this is. Tools parse the version, and take what they find for what they
 * may ask for.
 */
const milvusVersion = 'v2.6.0'

/** Connection, health and databases. */
export function systemMethods({ proxy, version, clock, serve }: MilvusContext): RpcMethod[] {
  const versionText = `${milvusVersion}-elanus-${version}`
  const startedAt = new Date(clock.nowMs()).toISOString()
  // Told apart within a run, and in all likelihood across runs. Its only use is to be there: without
  // an identifier a client takes the server for Milvus 2.2 and refuses what that did not have.
  let identifier = BigInt(clock.nowMs()) << 20n

  return [
    serve(methods.connect, async () => {
      identifier += 1n
      return {
        status: success,
        serverInfo: {
          buildTags: versionText,
          buildTime: startedAt,
          gitCommit: '',
          goVersion: '',
          deployMode: 'STANDALONE',
          reserved: { engine: 'elanus', node: process.version },
        },
        identifier,
      }
    }),

    serve(methods.getVersion, async () => ({ status: success, version: versionText })),

    serve(methods.checkHealth, async () => {
      const { isHealthy, reasons } = await proxy.health()
      return { status: success, isHealthy, reasons: [...reasons] }
    }),

    serve(methods.listDatabases, async () => {
      const databases = await proxy.listDatabases()
      return {
        status: success,
        dbNames: databases.map(({ name }) => name),
        createdTimestamp: databases.map(({ createdAt }) => createdAt),
        dbIds: databases.map(({ id }) => id),
      }
    }),
  ]
}
