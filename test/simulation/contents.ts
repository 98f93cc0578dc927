import type { CoordinatorServices } from '../../src/services/coordinator.ts'
import type { ModelCollection, PlacedRow, Write } from './model.ts'
import { countRequest, createIndexRequest, pageRequest, tagsOf, targetOf } from './requests.ts'
import type { Run } from './run.ts'
import { require } from './violation.ts'

const readWithinMs = 300_000

/** What a read of everything gives. */
interface Contents {
  readonly rows: ReadonlyMap<bigint, PlacedRow>
  readonly count: number
}

/**
 * Compares what is read with what must be there: every acknowledged row exactly once, nothing that
 * was refused or deleted, and of each request that a crash cut short everything or nothing.
 */
export async function checkContents(run: Run): Promise<void> {
  const names = await ask(run, 'show collections', async ({ proxy }) =>
    (await proxy.showCollections('default')).map(({ name }) => name),
  )
  requireSame('collections', names, [...run.model.collections.keys()])
  for (const collection of run.model.collections.values()) {
    await checkPartitions(run, collection)
    const contents = await ask(run, `read ${collection.name}`, (services) =>
      read(services, collection),
    )
    settle(collection, contents)
    compare(collection, contents)
  }
}

async function checkPartitions(run: Run, { name, partitions }: ModelCollection): Promise<void> {
  const found = await ask(run, `show partitions of ${name}`, async ({ proxy }) =>
    (await proxy.catalog.showPartitions(targetOf(name))).map((partition) => partition.name),
  )
  requireSame(`partitions of ${name}`, found, [...partitions.keys()])
}

/** Names, in any order. */
function requireSame(what: string, found: readonly string[], expected: readonly string[]): void {
  const [is, should] = [found, expected].map((names) => names.toSorted().join(', '))
  require(is === should, () => `${what} are ${is}, and should be ${should}`)
}

async function read(
  { proxy }: CoordinatorServices,
  { name, partitions }: ModelCollection,
): Promise<Contents> {
  await proxy.createIndex(createIndexRequest(name))
  await proxy.load(targetOf(name))
  const rows = new Map<bigint, PlacedRow>()
  for (const partitionName of partitions.keys()) {
    const page = await proxy.query(pageRequest(name, partitionName))
    if (page.kind !== 'rows') continue
    for (const [key, tag] of tagsOf(page.columns)) {
      const former = rows.get(key)
      require(former === undefined, () => {
        return `key ${key} of ${name} is in ${partitionName} and ${former?.partitionName}`
      })
      rows.set(key, { partitionName, tag })
    }
  }
  const count = await proxy.query(countRequest(name))
  return { rows, count: count.kind === 'count' ? count.count : Number.NaN }
}

/** A request that a crash cut short is there whole or not at all, and from now on it is known. */
function settle(collection: ModelCollection, { rows }: Contents): void {
  for (const write of collection.uncertain) {
    const keys = [...write.rows.keys()]
    const isBefore = keys.every((key) => isSame(rows.get(key), collection.find(key)))
    const isAfter = keys.every((key) => isSame(rows.get(key), placeOf(collection, write, key)))
    require(isBefore || isAfter, () => {
      const found = keys.map((key) => `${key}: ${textOf(rows.get(key))}`).join(', ')
      return `a ${write.kind} in ${collection.name} is there in parts: ${found}`
    })
    collection.unlock(write)
    if (!isBefore) collection.apply(write)
  }
  collection.uncertain = []
}

/** Where the write would have put the key's row. */
function placeOf(collection: ModelCollection, write: Write, key: bigint): PlacedRow | undefined {
  const tag = write.rows.get(key)
  const { partition } = write
  const isThere = collection.partitions.get(partition.name) === partition
  if (write.kind === 'delete' || tag === undefined || !isThere) return undefined
  return { partitionName: partition.name, tag }
}

function compare(collection: ModelCollection, { rows, count }: Contents): void {
  const { name, partitions } = collection
  let expectedCount = 0
  for (const partition of partitions.values()) {
    for (const key of partition.rows.keys()) {
      expectedCount += 1
      const [found, expected] = [rows.get(key), collection.find(key)]
      require(isSame(found, expected), () => {
        return `key ${key} of ${name} is ${textOf(found)}, not ${textOf(expected)}`
      })
    }
  }
  for (const [key, found] of rows) {
    require(collection.find(key) !== undefined, () => {
      return `key ${key} of ${name} is ${textOf(found)}, and should not be there`
    })
  }
  require(count === expectedCount, () => {
    return `${name} counts ${count} rows, and should count ${expectedCount}`
  })
}

/** Asks when all is calm, so there is an answer. */
export async function ask<T>(
  run: Run,
  label: string,
  make: (services: CoordinatorServices) => Promise<T>,
): Promise<T> {
  let answer: { readonly value: T } | undefined
  let isOver = false
  run.begin(
    run.client.call(label, make).then((outcome) => {
      isOver = true
      if (outcome.kind === 'done') answer = { value: outcome.value }
      else
        throw new Error(`${label} is ${outcome.kind}`, {
          cause: outcome.kind === 'refused' ? outcome.error : undefined,
        })
    }),
  )
  await run.world.scheduler.runUntil(() => isOver || run.failure !== undefined, readWithinMs)
  if (run.failure !== undefined) throw run.failure
  require(answer !== undefined, () => `${label} has no end`)
  return answer.value
}

function isSame(one: PlacedRow | undefined, other: PlacedRow | undefined): boolean {
  return one?.tag === other?.tag && one?.partitionName === other?.partitionName
}

function textOf(row: PlacedRow | undefined): string {
  return row === undefined ? 'nowhere' : `${row.tag} in ${row.partitionName}`
}
