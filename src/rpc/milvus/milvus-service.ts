import type { Clock } from '../../base/clock.ts'
import type { Proxy } from '../../services/proxy/proxy.ts'
import { MilvusServiceDefinition } from '../generated/milvus/milvus.ts'
import type { RpcLogger, RpcService } from '../service.ts'
import { aliasMethods } from './alias-methods.ts'
import { alterationMethods } from './alteration-methods.ts'
import { collectionMethods } from './collection-methods.ts'
import { compactionMethods } from './compaction-methods.ts'
import type { MilvusContext } from './context.ts'
import { databaseMethods } from './database-methods.ts'
import { indexMethods } from './index-methods.ts'
import { loadMethods } from './load-methods.ts'
import { mutationMethods } from './mutation-methods.ts'
import { partitionMethods } from './partition-methods.ts'
import { readMethods } from './read-methods.ts'
import { segmentMethods } from './segment-methods.ts'
import { serveWith } from './serve.ts'
import { systemMethods } from './system-methods.ts'
import { unservedMethods } from './unserved-methods.ts'

export interface MilvusServiceOptions {
  readonly proxy: Proxy
  readonly version: string
  readonly clock: Clock
  readonly logger: RpcLogger
}

/** The service that Milvus's clients call: all of it, of which a part works. */
export function milvusService({ logger, ...options }: MilvusServiceOptions): RpcService {
  const context: MilvusContext = { ...options, serve: serveWith(logger) }
  const served = [
    ...systemMethods(context),
    ...databaseMethods(context),
    ...aliasMethods(context),
    ...collectionMethods(context),
    ...alterationMethods(context),
    ...partitionMethods(context),
    ...segmentMethods(context),
    ...compactionMethods(context),
    ...indexMethods(context),
    ...loadMethods(context),
    ...mutationMethods(context),
    ...readMethods(context),
  ]
  const unserved = unservedMethods(new Set(served.map(({ name }) => name)))
  return { name: MilvusServiceDefinition.fullName, methods: [...served, ...unserved] }
}
