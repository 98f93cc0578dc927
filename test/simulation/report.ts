import type { ScheduleResult } from './schedule.ts'

/** Everything that it takes to look into a failed schedule, and to see it again. */
export function reportOf(result: ScheduleResult, bug: string | undefined): string {
  const { seed, failure, stepCount, eventCount, traceHash, lastEvents } = result
  const option = bug === undefined ? '' : ` --bug ${bug}`
  return [
    `Seed ${seed} fails at step ${stepCount}, event ${eventCount}: ${failure ?? 'it does not'}`,
    'The last events:',
    ...lastEvents.map((line) => `  ${line}`),
    `Trace ${traceHash}. To see it again: npm run simulate -- --from ${seed} --seeds 1${option}`,
  ].join('\n')
}
