import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/base/clock.ts'
import type { Random } from '../../src/base/random.ts'
import { seededRandom } from '../../src/base/random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { CrashProcessOptions } from './crash-process.ts'
import type { CrashEvent, CrashRequest } from './events.ts'
import type { SyncManner } from './ledger-file-system.ts'
import { acceptAsDurable, cutPower } from './ledger-file-system.ts'
import { Witness } from './witness.ts'

export interface StoryOptions {
  readonly seed: number
  readonly lifeCount: number
  readonly manner: SyncManner
  readonly end: 'kill' | 'powerCut'
}

export interface StoryResult {
  readonly violations: readonly string[]
  /** How many requests of each kind were acknowledged. */
  readonly acknowledgedCounts: ReadonlyMap<CrashRequest['kind'], number>
}

/** Keys that a life may use: each gets its own range. */
const keysOfLife = 1_000_000
/** The longest that a life works before it is killed. */
const workMsMax = 1000
/** How many lives in a hundred are killed while they start. */
const startKillPercent = 20
const startMsMax = 900

/**
 * A database that is started and killed, again and again, on one folder; at last it is started in
 * peace. What it promised in all its lives is compared with what each new one finds.
 */
export async function runStory(options: StoryOptions): Promise<StoryResult> {
  const { seed, lifeCount, manner, end } = options
  await using folder = await temporaryFolder()
  const [data, ledger] = [`${folder.path}/data`, `${folder.path}/ledger`]
  const random = seededRandom(seed)
  const witness = new Witness()
  await acceptAsDurable(data, ledger)
  for (let life = 0; life < lifeCount && witness.violations.length === 0; life++) {
    const common = { data, ledger, manner, seed: seed + life, keyFrom: life * keysOfLife }
    await liveAndDie({ ...common, task: 'work' }, random, witness)
    if (end === 'powerCut') {
      await cutPower(data, ledger)
      await acceptAsDurable(data, ledger)
    }
  }
  if (witness.violations.length === 0) {
    const keyFrom = lifeCount * keysOfLife
    await liveInPeace({ data, ledger, manner, seed, keyFrom, task: 'inventory' }, witness)
  }
  const { violations, acknowledgedCounts } = witness
  return { violations, acknowledgedCounts }
}

async function liveAndDie(
  options: CrashProcessOptions,
  random: Random,
  witness: Witness,
): Promise<void> {
  const life = startLife(options, witness)
  const isKilledAtStart = random.below(100) < startKillPercent
  if (!isKilledAtStart) await Promise.race([life.found, life.ended])
  const delayMs = random.below(isKilledAtStart ? startMsMax : workMsMax)
  await Promise.race([systemClock.sleep(delayMs), life.ended])
  life.kill()
  const { code, complaint } = await life.ended
  if (code !== null) witness.violations.push(`it ended by itself with code ${code}: ${complaint}`)
}

async function liveInPeace(options: CrashProcessOptions, witness: Witness): Promise<void> {
  const { code, complaint } = await startLife(options, witness).ended
  if (code !== 0) witness.violations.push(`it could not start: code ${code}: ${complaint}`)
}

function startLife(options: CrashProcessOptions, witness: Witness) {
  const program = fileURLToPath(new URL('./crash-process.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Most of a short life would go into compiling the same files.
    env: { ...process.env, NODE_COMPILE_CACHE: `${options.data}-compiled` },
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2000)
  })
  const { promise: found, resolve } = Promise.withResolvers<void>()
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const event = parseEvent(line)
    // The kill may have cut the last line short: then nobody was told.
    if (event === undefined) return
    witness.tell(event)
    if (event.kind === 'found') resolve()
  })
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(() => ({
    /** Null when it was killed. */
    code: child.exitCode,
    complaint,
  }))
  return { found, ended, kill: () => child.kill('SIGKILL') }
}

function parseEvent(line: string): CrashEvent | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own process wrote it
    return JSON.parse(line) as CrashEvent
  } catch {
    return undefined
  }
}
