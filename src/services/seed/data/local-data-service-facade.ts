import type { SegmentRecord } from '../../../meta/records.ts'
import type { ComponentInfo } from '../common-messages.ts'
import type { DataServiceFacade, ServiceModule } from '../facades.ts'
import { Lifecycle } from '../lifecycle.ts'
import { assignCall } from './assign-call.ts'
import type { DataContext } from './context.ts'
import { flushCalls } from './flush-calls.ts'
import { growthCall } from './growth-call.ts'
import { nodeCalls } from './node-calls.ts'
import { recoveryCall } from './recovery-call.ts'
import { reportCall } from './report-call.ts'
import { segmentCalls } from './segment-calls.ts'
import { SegmentNews, type SegmentNewsOptions } from './segment-news.ts'
import { statisticsCalls } from './statistics-calls.ts'

export interface DataServiceFacadeOptions
  extends Omit<DataContext, 'lifecycle'>,
    Omit<SegmentNewsOptions, 'isToldElsewhere'> {
  readonly nodeID: bigint
}

/** The data service as the protocol has it, over the one that everything in this process uses. */
export function localDataServiceFacade(
  options: DataServiceFacadeOptions,
): DataServiceFacade & ServiceModule & { info(): ComponentInfo } {
  const lifecycle = new Lifecycle('data service', options.nodeID)
  const context: DataContext = { ...options, lifecycle }
  let news: SegmentNews | undefined
  return {
    ...assignCall(context),
    ...flushCalls(context),
    ...growthCall(context, () => news),
    ...nodeCalls(context),
    ...recoveryCall(context),
    ...reportCall(context),
    ...segmentCalls(context),
    ...statisticsCalls(context),
    info: () => lifecycle.info(),
    async init() {
      const isToldElsewhere = (record: SegmentRecord): boolean =>
        options.writer.ownerOf(record) !== undefined
      news = new SegmentNews({ ...options, isToldElsewhere })
      news.tellState()
    },
    async start() {
      await options.nodes.start()
      lifecycle.markHealthy()
    },
    async stop() {
      news?.[Symbol.dispose]()
      await options.nodes.stop()
      lifecycle.markAbnormal()
    },
  }
}
