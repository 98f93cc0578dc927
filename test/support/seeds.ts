import { randomInt } from 'node:crypto'

/**
 * The seed of a randomised test: new in each run, or the one of ELANUS_SEED, which replays a run.
 * A test puts it into its messages.
 */
export function seedOfRun(): number {
  const given = process.env['ELANUS_SEED']
  return given === undefined ? randomInt(2 ** 31) : Number(given)
}
