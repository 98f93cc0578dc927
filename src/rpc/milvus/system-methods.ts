import { ElanusError } from '../../base/errors.ts'
import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcMethod } from '../service.ts'
import type { MilvusContext } from './context.ts'
import { isDummyAnswered } from './dummy.ts'
import { clip } from './params.ts'
import { databaseOf } from './serve.ts'
import { statusOf, success } from './status.ts'
import { systemInfo } from './system-info.ts'

const { methods } = MilvusServiceDefinition

/**
 * The Milvus whose protocol this is. Tools parse the version, and take what they find for what they
 * may ask for.
 */
const milvusVersion = 'v2.6.0'

/** Connection, health and what is known of the server. */
export function systemMethods({ proxy, version, clock, serve }: MilvusContext): RpcMethod[] {
  const versionText = `${milvusVersion}-elanus-${version}`
  const startedAtMs = clock.nowMs()
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
          buildTime: new Date(startedAtMs).toISOString(),
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

    serve(methods.allocTimestamp, async () => ({
      status: success,
      timestamp: await proxy.catalog.allocTimestamp(),
    })),

    serve(methods.getMetrics, async ({ request }) => {
      const componentName = 'elanus'
      const metricType = metricTypeOf(request)
      if (metricType !== 'system_info') {
        const reason = `metric not found[metric=${clip(metricType)}]`
        const status = statusOf(new ElanusError('INVALID_ARGUMENT', reason))
        // Clients parse the response before they look at the status.
        return { status, response: '{}', componentName }
      }
      const hardware = await proxy.catalog.hardware()
      const response = JSON.stringify(systemInfo({ hardware, versionText, startedAtMs, clock }))
      return { status: success, response, componentName }
    }),

    serve(methods.dummy, async ({ requestType }, call) => {
      const databaseName = databaseOf({ dbName: '' }, call)
      const isAnswered = await isDummyAnswered(proxy, requestType, databaseName)
      return { response: JSON.stringify({ status: isAnswered ? 'success' : 'fail' }) }
    }),
  ]
}

/** Empty when the request does not say, or is no JSON. */
function metricTypeOf(request: string): string {
  try {
    const value: unknown = JSON.parse(request)
    if (typeof value !== 'object' || value === null || !('metric_type' in value)) return ''
    return typeof value.metric_type === 'string' ? value.metric_type : ''
  } catch {
    return ''
  }
}
