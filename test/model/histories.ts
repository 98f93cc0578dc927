import { openSimulatedGround } from './ground.ts'
import { replay } from './replay.ts'

/** Few, because histories are many: what goes wrong goes wrong early, or with another seed. */
const stepCount = 24

/** What goes wrong in the histories of so many seeds on simulated ground, in words. */
export async function failuresOf(seedFirst: number, count: number): Promise<readonly string[]> {
  const failures: string[] = []
  for (let seed = seedFirst; seed < seedFirst + count; seed += 1) {
    try {
      await replay(seed, stepCount, () => openSimulatedGround(seed))
    } catch (thrown) {
      const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
      failures.push(`seed ${seed}: ${reason}`)
    }
  }
  return failures
}
