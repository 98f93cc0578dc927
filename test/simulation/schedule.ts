import type { Bug } from './bug.ts'
import { ask, checkContents } from './contents.ts'
import { allocate, compact, flush, load, lookUp, release } from './control-actions.ts'
import {
  createCollection,
  createIndex,
  createPartition,
  dropCollection,
  dropIndex,
  dropPartition,
} from './definition-actions.ts'
import { Facts } from './facts.ts'
import { channelsOf, joinDataNode, joinIndexNode, killNode, nodeCountMax } from './nodes.ts'
import { writeRequest } from './requests.ts'
import { comeToRest, ensureUp } from './rest.ts'
import { Run } from './run.ts'
import { simulatedSettings } from './settings.ts'
import { watch } from './watcher.ts'
import { calmWeather } from './weather.ts'
import { clockShiftMsMax } from './world.ts'
import { deleteRows, insert, insertAsPromised, upsert } from './write-actions.ts'

export interface ScheduleResult {
  readonly seed: number
  /** Undefined when everything held. */
  readonly failure: string | undefined
  /** Steps that were taken, and the events that they took. */
  readonly stepCount: number
  readonly eventCount: number
  /** Of all events: a seed always has the same. */
  readonly traceHash: string
  /** The newest events, oldest first. */
  readonly lastEvents: readonly string[]
}

const stepCountMin = 10
const stepCountMax = 34
const stepsPerCheck = 10
/** A sweep takes long: one schedule of so many has one. */
const sweptSeedEvery = 4
const callCountMax = 8

/** Each with how often it is done, in relation to the others. */
const actions: readonly (readonly [weight: number, act: (run: Run) => void])[] = [
  [30, insert],
  [10, upsert],
  [10, deleteRows],
  [4, insertAsPromised],
  [6, flush],
  [3, compact],
  [8, lookUp],
  [2, allocate],
  [3, createCollection],
  [2, dropCollection],
  [3, createPartition],
  [3, dropPartition],
  [2, createIndex],
  [1, dropIndex],
  [3, load],
  [1, release],
  [3, (run) => joinDataNode(run.world, 1 + run.random.below(nodeCountMax))],
  [3, (run) => joinIndexNode(run.world, 1 + run.random.below(nodeCountMax))],
  [2, (run) => killNode(run.world.dataNodes, 1 + run.random.below(nodeCountMax))],
  [2, (run) => killNode(run.world.indexNodes, 1 + run.random.below(nodeCountMax))],
  [4, changeWeather],
  [3, crash],
]

const weightSum = actions.reduce((sum, [weight]) => sum + weight, 0)

/**
 * One schedule: a coordinator, nodes and applications in weather that changes, with crashes; then
 * calm, a look at everything, one more restart, and another look.
 */
export async function runSchedule(seed: number, bug: Bug = {}): Promise<ScheduleResult> {
  const run = new Run(seed, bug)
  let stepCount = 0
  let failure: unknown
  try {
    const facts = new Facts(run.world, run.ledger)
    run.world.watchDrops((name, process) => run.begin(facts.checkDrop(name, process)))
    await begin(run)
    const stepCountOfSeed = stepCountMin + run.random.below(stepCountMax - stepCountMin)
    for (; stepCount < stepCountOfSeed && run.failure === undefined; stepCount += 1) {
      await takeStep(run)
      if (stepCount % stepsPerCheck === 0) await facts.check()
    }
    if (run.failure === undefined) await finish(run, facts)
  } catch (error) {
    failure = error
  }
  failure ??= run.failure
  run.world.end()
  const { scheduler } = run.world
  return {
    seed,
    failure: failure === undefined ? undefined : textOf(failure),
    stepCount,
    eventCount: scheduler.eventCount,
    traceHash: scheduler.trace.hash,
    lastEvents: scheduler.trace.last(),
  }
}

async function begin(run: Run): Promise<void> {
  const { world } = run
  await ensureUp(run)
  const { watcher } = run
  const plain = channelsOf(world, watcher)
  const channel = run.random.below(simulatedSettings.physicalChannelCount)
  run.begin(watch(watcher, world.bug.channels?.(plain) ?? plain, `by-dev-dml_${channel}`))
  createCollection(run)
  await world.scheduler.pass(20)
}

async function takeStep(run: Run): Promise<void> {
  const { scheduler } = run.world
  if (!run.world.isStarted && run.random.below(2) === 0) run.world.start()
  if (run.world.isUp && run.hidden.length > 0) await ensureUp(run)
  let draw = run.random.below(weightSum)
  const [, act] = actions.find(([weight]) => (draw -= weight) < 0) ?? [0, () => undefined]
  if (run.client.callCount < callCountMax) act(run)
  const waits = [0, 1, 5, 20, 200, 2_000]
  await scheduler.pass(scheduler.delayMs(0, waits[run.random.below(waits.length)] ?? 0))
}

async function finish(run: Run, facts: Facts): Promise<void> {
  if (run.random.below(2) === 0) {
    await comeToRest(run)
    if (run.failure !== undefined) return
    await checkContents(run)
    await facts.check()
  }
  await run.world.crash(run.random.below(2) === 0 ? 'kill' : 'powerCut')
  await comeToRest(run)
  if (run.failure !== undefined) return
  await checkContents(run)
  await checkWrites(run)
  await comeToRest(run)
  await facts.check()
  if (run.failure !== undefined || run.random.below(sweptSeedEvery) > 0) return
  await sweep(run)
  await facts.checkNoOrphans()
}

/** Once all is calm nothing is refused any more. */
async function checkWrites(run: Run): Promise<void> {
  for (const collection of run.model.collections.values()) {
    const rows = new Map([[run.newKey(), 'last']])
    await ask(run, `insert into ${collection.name}`, ({ proxy }) =>
      proxy.insert(writeRequest(collection.name, '_default', rows)),
    )
  }
}

/** Waits until whatever was left is old enough, with nobody there to write more. */
async function sweep(run: Run): Promise<void> {
  const { world } = run
  for (let number = 1; number <= nodeCountMax; number += 1) {
    killNode(world.dataNodes, number)
    killNode(world.indexNodes, number)
  }
  run.watcher.die()
  await world.scheduler.pass(simulatedSettings.orphanToleranceMs + clockShiftMsMax)
  await comeToRest(run)
  await ask(run, 'sweep', (services) => services.collectOrphans())
}

function crash(run: Run): void {
  void run.world.crash(run.random.below(2) === 0 ? 'kill' : 'powerCut')
}

function changeWeather({ world, random }: Run): void {
  const { weather } = world
  Object.assign(weather, calmWeather())
  switch (random.below(7)) {
    case 0:
      weather.lossShare = 0.2
      weather.duplicateShare = 0.2
      break
    case 1:
      weather.latencyMs = 800
      weather.duplicateShare = 0.1
      break
    case 2:
      weather.taskFailureShare = 0.5
      break
    case 3:
      weather.isLogDiskFull = true
      break
    case 4:
      weather.isMetaDiskFull = true
      break
    case 5:
      weather.isObjectDiskFull = true
      break
    case 6:
      weather.isSyncFailing = true
      break
    default:
  }
}

function textOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure)
  const cause = failure.cause === undefined ? '' : `\ncaused by ${textOf(failure.cause)}`
  return `${failure.stack ?? failure.message}${cause}`
}
