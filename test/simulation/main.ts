import { parseArgs } from 'node:util'
import { type BugName, bugNames, bugs } from './bugs/bugs.ts'
import { reportOf } from './report.ts'
import { runSchedule } from './schedule.ts'

/**
 * Runs schedules one after the other, for as many seeds as are asked for:
 *
 *     npm run simulate -- --seeds 10000 [--from 1] [--bug NAME]
 *
 * Progress goes to standard error, the summary to standard output. The status is 1 where a schedule
 * has failed.
 */
const progressPeriodMs = 2_000
const failureCountMax = 10

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    bug: { type: 'string' },
  },
})

process.exitCode = await simulate(countOf('seeds'), countOf('from'), bugOf(values.bug))

async function simulate(
  seedCount: number,
  seedFirst: number,
  bug: BugName | undefined,
): Promise<number> {
  const failed: number[] = []
  const begunMs = performance.now()
  let toldMs = begunMs
  let seed = seedFirst
  let eventCount = 0
  for (; seed < seedFirst + seedCount && failed.length < failureCountMax; seed += 1) {
    const result = await runSchedule(seed, bug === undefined ? {} : bugs[bug])
    eventCount += result.eventCount
    if (result.failure !== undefined) {
      failed.push(seed)
      process.stderr.write(`${reportOf(result, bug)}\n`)
    }
    if (performance.now() - toldMs < progressPeriodMs) continue
    toldMs = performance.now()
    const done = seed + 1 - seedFirst
    process.stderr.write(`${done} of ${seedCount} schedules, ${failed.length} failed\n`)
  }
  const seconds = ((performance.now() - begunMs) / 1_000).toFixed(1)
  const done = seed - seedFirst
  process.stdout.write(`${done} schedules, ${eventCount} events, ${seconds} s: `)
  process.stdout.write(failed.length === 0 ? 'all hold\n' : `failed seeds ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
}

function countOf(name: 'seeds' | 'from'): number {
  const count = Number(values[name])
  if (Number.isSafeInteger(count) && count >= 1) return count
  throw new Error(`--${name} takes a whole number from 1 on, not ${values[name]}`)
}

function bugOf(name: string | undefined): BugName | undefined {
  if (name === undefined) return undefined
  const known = bugNames.find((bug) => bug === name)
  if (known === undefined) throw new Error(`--bug takes one of ${bugNames.join(', ')}, not ${name}`)
  return known
}
