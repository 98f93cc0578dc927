import { reportOf } from './report.ts'
import { runSchedule } from './schedule.ts'

/** Reports of the schedules that fail, of so many seeds; none after the first few. */
export async function failuresOf(seedFirst: number, seedCount: number): Promise<readonly string[]> {
  const reports: string[] = []
  for (let seed = seedFirst; seed < seedFirst + seedCount && reports.length < 3; seed += 1) {
    const result = await runSchedule(seed)
    if (result.failure !== undefined) reports.push(reportOf(result, undefined))
    // Lets the test runner live.
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
  return reports
}
