import { ElanusError } from '../src/base/errors.ts'
import { coordinationBench } from './coordination/bench.ts'
import { filterBench } from './filter/bench.ts'
import { indexBench } from './index/bench.ts'
import type { Bench } from './lib/bench.ts'
import { mixedBench } from './mixed/bench.ts'
import { sdkBench } from './sdk/bench.ts'

/** `npm run bench -- <bench> [arguments]`: a bench is a folder beside this file. */
const benches: readonly Bench[] = [sdkBench, indexBench, coordinationBench, filterBench, mixedBench]

const [name, ...args] = process.argv.slice(2)
const chosen = benches.find((bench) => bench.name === name)

if (chosen === undefined) {
  const lines = benches.map((bench) => `  ${bench.name} ${bench.usage}\n      ${bench.summary}`)
  console.error(['npm run bench -- <bench> [arguments]', '', ...lines].join('\n'))
  process.exitCode = 2
} else {
  try {
    await chosen.run(args)
  } catch (thrown) {
    const isOurs = thrown instanceof ElanusError && thrown.code === 'INVALID_ARGUMENT'
    console.error(isOurs ? thrown.message : thrown)
    process.exitCode = isOurs ? 2 : 1
  }
}
