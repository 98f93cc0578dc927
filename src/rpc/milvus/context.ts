import type { Clock } from '../../base/clock.ts'
import type { Proxy } from '../../services/proxy/proxy.ts'
import type { Serve } from './serve.ts'

/** What the methods of the Milvus face are made with. */
export interface MilvusContext {
  readonly proxy: Proxy
  /** Elanus's own version. */
  readonly version: string
  readonly clock: Clock
  readonly serve: Serve
}
