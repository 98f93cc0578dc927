import { isSuccess } from '../../src/services/seed/status.ts'
import type { ModelCollection } from './model.ts'
import { createIndexRequest, lookupRequest, tagsOf, targetOf } from './requests.ts'
import type { Run } from './run.ts'
import { require } from './violation.ts'

export function load(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined) return
  run.begin(
    run
      .callOn(collection, 'load', async ({ proxy }) => {
        await proxy.createIndex(createIndexRequest(collection.name))
        await proxy.load(targetOf(collection.name))
      })
      .then(() => undefined),
  )
}

export function release(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined) return
  run.begin(
    run
      .callOn(collection, 'release', ({ proxy }) => proxy.release(targetOf(collection.name)))
      .then(() => undefined),
  )
}

export function flush(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined) return
  run.begin(
    run
      .callOn(collection, 'flush', ({ proxy }) => proxy.flush('default', [collection.name]))
      .then(() => undefined),
  )
}

export function compact(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined) return
  run.begin(
    run
      .callOn(collection, 'compact', ({ proxy }) =>
        proxy.catalog.compact(targetOf(collection.name)),
      )
      .then(() => undefined),
  )
}

/** Rows that nobody else changes meanwhile are found as they were written last, or not any more. */
export function lookUp(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined) return
  const gone = run.pickSome(collection.deletedKeys, 3)
  const keys = [...run.pickSome(collection.freeKeys(), 6), ...gone]
  if (keys.length === 0) return
  for (const key of keys) collection.lockedKeys.add(key)
  run.begin(lookUpKeys(run, collection, keys))
}

async function lookUpKeys(
  run: Run,
  collection: ModelCollection,
  keys: readonly bigint[],
): Promise<void> {
  const { dropsBegun, dropsEnded } = collection
  const request = lookupRequest(collection.name, keys)
  const outcome = await run.callOn(collection, 'look up', async ({ proxy }) => {
    const result = await proxy.query(request)
    return result.kind === 'rows' ? tagsOf(result.columns) : new Map<bigint, string>()
  })
  for (const key of keys) collection.lockedKeys.delete(key)
  // While something is dropped its rows may be found or not.
  const isCertain = dropsBegun === dropsEnded && dropsBegun === collection.dropsBegun
  if (outcome.kind !== 'done' || !isCertain) return
  for (const key of keys) {
    const expected = collection.find(key)?.tag
    const found = outcome.value.get(key)
    require(found === expected, () => {
      return `a look-up of key ${key} of ${collection.name} gives ${found}, not ${expected}`
    })
  }
}

export function allocate(run: Run): void {
  const { ledger, random } = run
  const floor = ledger.latest
  const count = 1 + random.below(5)
  run.begin(
    run.client
      .call('allocate', async ({ protocol }) => {
        const time = await protocol.master.allocTimestamp({ base: undefined, count })
        const ids = await protocol.master.allocID({ base: undefined, count })
        return { time, ids }
      })
      .then((outcome) => {
        if (outcome.kind !== 'done') return
        const { time, ids } = outcome.value
        if (isSuccess(time.status)) ledger.takeTimestamp(time.timestamp, floor)
        if (!isSuccess(ids.status)) return
        const owner = run.newName('caller')
        for (let place = 0n; place < ids.count; place += 1n) {
          ledger.takeId(ids.ID + place, `${owner}, place ${place}`)
        }
      }),
  )
}
