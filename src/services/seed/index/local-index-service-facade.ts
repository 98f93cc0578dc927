import type { ComponentInfo } from '../common-messages.ts'
import type { IndexServiceFacade, ServiceModule } from '../facades.ts'
import { Lifecycle } from '../lifecycle.ts'
import type { IndexContext } from './context.ts'
import { indexServiceCalls } from './index-calls.ts'

export interface IndexServiceFacadeOptions extends Omit<IndexContext, 'lifecycle'> {
  readonly nodeID: bigint
}

/** The index service as the protocol has it, over the one that everything in this process uses. */
export function localIndexServiceFacade(
  options: IndexServiceFacadeOptions,
): IndexServiceFacade & ServiceModule & { info(): ComponentInfo } {
  const lifecycle = new Lifecycle('index service', options.nodeID)
  return {
    ...indexServiceCalls({ ...options, lifecycle }),
    info: () => lifecycle.info(),
    async init() {},
    async start() {
      await options.nodes.start()
      lifecycle.markHealthy()
    },
    async stop() {
      await options.nodes.stop()
      lifecycle.markAbnormal()
    },
  }
}
