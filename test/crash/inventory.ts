import type { CollectionTarget, Proxy } from '../../src/services/proxy/proxy.ts'
import type { FoundCollection } from './events.ts'
import { databaseName, nearestKeys, readRows, vectorOf } from './rows.ts'

const strong = { consistencyLevel: 'Strong', guaranteeTimestamp: 0n } as const

/** Everything that a database holds, and what of it is wrong in itself. */
export async function takeInventory(proxy: Proxy): Promise<readonly FoundCollection[]> {
  const collections = await proxy.showCollections(databaseName)
  return Promise.all(
    collections.map(({ name }) => inspect(proxy, { databaseName, collectionName: name })),
  )
}

async function inspect(proxy: Proxy, target: CollectionTarget): Promise<FoundCollection> {
  const { kind } = await proxy.loadState(target)
  const isLoaded = kind === 'loaded' || kind === 'loading'
  // A crash may have come between its creation and its load.
  if (!isLoaded) await makeSearchable(proxy, target)
  const faults: string[] = []
  const { keys, badCount } = await readAll(proxy, target)
  if (badCount > 0) faults.push(`${badCount} rows do not hold what was inserted`)
  const count = await countOf(proxy, target)
  if (count !== keys.length) faults.push(`count(*) is ${count}, and there are ${keys.length} rows`)
  faults.push(...(await searchFaults(proxy, target, keys)))
  return { name: target.collectionName, isLoaded, keys, faults }
}

export async function makeSearchable(proxy: Proxy, target: CollectionTarget): Promise<void> {
  const params = [
    { key: 'index_type', value: 'FLAT' },
    { key: 'metric_type', value: 'L2' },
  ]
  await proxy.createIndex({ ...target, fieldName: 'vector', indexName: '', params })
  await proxy.load(target)
}

async function readAll(proxy: Proxy, target: CollectionTarget) {
  const result = await proxy.query({
    ...target,
    ...strong,
    partitionNames: [],
    filter: '',
    outputFields: ['id', 'title', 'vector'],
    limit: 16_384,
    offset: 0,
  })
  if (result.kind !== 'rows') throw new Error('A query for rows answers with rows')
  return readRows(result.columns)
}

async function countOf(proxy: Proxy, target: CollectionTarget): Promise<number> {
  const result = await proxy.query({
    ...target,
    ...strong,
    partitionNames: [],
    filter: '',
    outputFields: ['count(*)'],
    limit: undefined,
    offset: 0,
  })
  return result.kind === 'count' ? result.count : Number.NaN
}

/** An exact search finds the nearest of what a query finds. */
async function searchFaults(
  proxy: Proxy,
  target: CollectionTarget,
  keys: readonly number[],
): Promise<readonly string[]> {
  const query = vectorOf(0.5)
  const topk = 10
  const result = await proxy.search({
    ...target,
    ...strong,
    partitionNames: [],
    filter: '',
    fieldName: 'vector',
    queryCount: 1,
    queries: new Uint8Array(Float32Array.from(query).buffer),
    topk,
    offset: 0,
    metric: 'L2',
    params: {},
    roundDecimal: -1,
    outputFields: [],
  })
  const expected = nearestKeys(keys, query, topk).map(({ distance }) => distance)
  const isSame =
    result.scores.length === expected.length &&
    expected.every((distance, i) => Math.abs(distance - (result.scores[i] ?? 0)) < 1e-4)
  if (isSame) return []
  return [`a search finds distances ${result.scores.join()}, and rows have ${expected.join()}`]
}
