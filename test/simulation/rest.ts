import type { Catalog } from '../../src/meta/tables.ts'
import { openCatalog } from '../../src/meta/tables.ts'
import type { Run } from './run.ts'
import { require } from './violation.ts'
import { calmWeather } from './weather.ts'

const startWithinMs = 30_000
const startAgainMs = 1_000
const callsWithinMs = 180_000
const restWithinMs = 600_000
/** How often it is looked whether all is at rest: ever more seldom. */
const pollMsMin = 300
const pollMsMax = 5_000

/** Everything that goes wrong stops going wrong, and everything that was begun comes to its end. */
export async function comeToRest(run: Run): Promise<void> {
  Object.assign(run.world.weather, calmWeather())
  await ensureUp(run)
  const { scheduler } = run.world
  const isOver = await scheduler.runUntil(
    () => run.client.callCount === 0 || run.failure !== undefined,
    callsWithinMs,
  )
  require(isOver, () => `${run.client.callCount} calls have no end`)
  const deadlineMs = scheduler.nowMs + restWithinMs
  let pollMs = pollMsMin
  for (let why = 'it begins'; why !== ''; pollMs = Math.min(2 * pollMs, pollMsMax)) {
    require(scheduler.nowMs < deadlineMs, () => `it does not come to rest: ${why}`)
    await scheduler.pass(pollMs)
    if (run.failure !== undefined) return
    await ensureUp(run)
    why = await unrest(openCatalog(run.world.durableMeta))
  }
}

/** A coordinator runs, and what crashes have hidden of the catalog's changes is known. */
export async function ensureUp(run: Run): Promise<void> {
  const { world } = run
  const isThere = (): boolean => world.isUp || run.failure !== undefined
  const deadlineMs = world.scheduler.nowMs + startWithinMs
  while (!isThere()) {
    require(world.scheduler.nowMs < deadlineMs, () => {
      return `the coordinator does not start: ${String(world.startError)}`
    })
    await restart(run)
    await world.scheduler.runUntil(() => isThere() || !world.isStarted, startWithinMs)
    if (!isThere()) await world.scheduler.pass(startAgainMs)
  }
  const hidden = run.hidden.splice(0)
  if (hidden.length === 0 || run.failure !== undefined) return
  let isSeen = false
  run.begin(
    run.client
      .call('look at the catalog', async (services) => {
        for (const look of hidden) await look(services)
      })
      .then(({ kind }) => {
        if (kind !== 'done') run.hidden.push(...hidden)
        isSeen = true
      }),
  )
  await world.scheduler.runUntil(() => isSeen || run.failure !== undefined, startWithinMs)
  if (run.hidden.length > 0) await ensureUp(run)
}

async function restart({ world }: Run): Promise<void> {
  if (world.isStarted) return
  // A crash may still be writing what it leaves.
  await world.crash('kill')
  world.start()
}

/** What is still to be done, if anything is: empty when all is at rest. */
async function unrest(catalog: Catalog): Promise<string> {
  const collections = await Array.fromAsync(catalog.collections.scan())
  const segments = await Array.fromAsync(catalog.segments.scan())
  const builds = await Array.fromAsync(catalog.builds.scan())
  const dropping = collections.find(({ state }) => state === 'dropping')
  if (dropping !== undefined) return `collection ${dropping.id} is being dropped`
  for (const segment of segments) {
    const { id, state } = segment
    if (state === 'sealed' || state === 'flushing') return `segment ${id} is ${state}`
    if (state !== 'flushed') continue
    const collection = collections.find((known) => known.id === segment.collectionId)
    if (collection?.partitions.every((known) => known.id !== segment.partitionId) === true) {
      return `segment ${id} of a dropped partition is ${state}`
    }
    for (const index of collection?.indexes ?? []) {
      const build = builds.find(
        ({ segmentId, indexId }) => segmentId === id && indexId === index.id,
      )
      if (build?.state !== 'finished' && build?.state !== 'failed') {
        return `segment ${id} has no index ${index.id}: its build is ${build?.state}`
      }
    }
  }
  return ''
}
