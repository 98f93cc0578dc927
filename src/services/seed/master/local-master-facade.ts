import type { Clock } from '../../../base/clock.ts'
import { secondMs } from '../../../base/units.ts'
import type { EventChannel } from '../../channels/event-channel.ts'
import { MsgType } from '../common-messages.ts'
import type { MasterFacade, ServiceModule } from '../facades.ts'
import { Lifecycle } from '../lifecycle.ts'
import { Periodic } from '../periodic.ts'
import { collectionCalls } from './collection-calls.ts'
import type { MasterContext } from './context.ts'
import { indexCalls } from './index-calls.ts'
import { partitionCalls } from './partition-calls.ts'
import { masterCounts, systemCalls } from './system-calls.ts'

export interface MasterFacadeOptions extends Omit<MasterContext, 'lifecycle'> {
  readonly clock: Clock
  readonly nodeID: bigint
  /** Where its figures go. */
  readonly statistics: EventChannel
  readonly onError: (error: unknown) => void
}

const statisticsPeriodMs = 10 * secondMs

/**
 * The master as the protocol has it, over the one that everything in this process uses. Once it is
 * started it publishes its figures, now and then.
 */
export function localMasterFacade(options: MasterFacadeOptions): MasterFacade & ServiceModule {
  const lifecycle = new Lifecycle('master', options.nodeID)
  const context: MasterContext = { ...options, lifecycle }
  const publishing = new Periodic({
    ...options,
    periodMs: statisticsPeriodMs,
    task: () => publish(context, options.statistics),
  })
  return {
    ...collectionCalls(context),
    ...partitionCalls(context),
    ...indexCalls(context),
    ...systemCalls(context),
    async init() {},
    async start() {
      lifecycle.markHealthy()
      await publishing.start()
    },
    async stop() {
      await publishing.stop()
      lifecycle.markAbnormal()
    },
  }
}

async function publish(context: MasterContext, statistics: EventChannel): Promise<void> {
  const at = await context.master.allocTimestamp(1)
  const states = context.lifecycle.states(context.subcomponents())
  statistics.publish(MsgType.MASTER_STATISTICS, at, (base) => ({
    type: MsgType.MASTER_STATISTICS,
    message: { base, states, ...masterCounts(context) },
  }))
}
