import { ModelCollection } from './model.ts'
import { createCollectionRequest, createIndexRequest, targetOf } from './requests.ts'
import type { Run } from './run.ts'

const collectionCountMax = 3
const partitionCountMax = 4

/** Under a new name or an old one. */
export function createCollection(run: Run): void {
  const { model, random } = run
  if (model.collections.size >= collectionCountMax) return
  const former = run.pick(droppedNames.get(run) ?? [])
  const name = former !== undefined && random.below(2) === 0 ? former : run.newName('c')
  if (model.collections.has(name)) return
  const collection = new ModelCollection(name, random.below(4) === 0 ? 2 : 1)
  const keep = (): void => void model.collections.set(name, collection)
  const request = createCollectionRequest(name, collection.shardCount)
  run.begin(
    run
      .callOn(collection, 'create', ({ proxy }) => proxy.createCollection(request))
      .then(async (outcome) => {
        if (outcome.kind === 'done') keep()
        if (outcome.kind !== 'unknown') return
        run.hidden.push(async ({ proxy }) => {
          if (await proxy.hasCollection(targetOf(name))) keep()
        })
      }),
  )
}

/** Names whose collections are gone, with nothing on its way to them. */
const droppedNames = new WeakMap<Run, Set<string>>()

export function dropCollection(run: Run): void {
  const { model } = run
  const collection = run.pick(model.collections.values())
  if (collection === undefined) return
  const { name } = collection
  const forget = (): void => {
    if (model.collections.get(name) === collection) model.collections.delete(name)
    const names = droppedNames.get(run) ?? new Set()
    droppedNames.set(run, names)
    if (collection.callCount === 0) names.add(name)
  }
  collection.dropsBegun += 1
  run.begin(
    run
      .callOn(collection, 'drop', ({ proxy }) => proxy.dropCollection(targetOf(name)))
      .then((outcome) => {
        if (outcome.kind === 'done') forget()
        if (outcome.kind !== 'unknown') {
          collection.dropsEnded += 1
          return
        }
        run.hidden.push(async ({ proxy }) => {
          if (!(await proxy.hasCollection(targetOf(name)))) forget()
          collection.dropsEnded += 1
        })
      }),
  )
}

export function createPartition(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined || collection.partitions.size >= partitionCountMax) return
  // An old name only while nobody can mean the old partition by it.
  const name = collection.callCount === 0 && run.random.below(2) === 0 ? 'again' : run.newName('p')
  if (collection.partitions.has(name)) return
  const target = { ...targetOf(collection.name), partitionName: name }
  const keep = (): void => collection.addPartition(name)
  run.begin(
    run
      .callOn(collection, `create partition ${name}`, ({ proxy }) =>
        proxy.catalog.createPartition(target),
      )
      .then((outcome) => {
        if (outcome.kind === 'done') keep()
        if (outcome.kind !== 'unknown') return
        run.hidden.push(async ({ proxy }) => {
          if (!(await proxy.hasCollection(target))) return
          if (await proxy.catalog.hasPartition(target)) keep()
        })
      }),
  )
}

export function dropPartition(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  const names = [...(collection?.partitions.keys() ?? [])].filter((name) => name !== '_default')
  const name = run.pick(names)
  if (collection === undefined || name === undefined) return
  const target = { ...targetOf(collection.name), partitionName: name }
  const forget = (): void => void collection.partitions.delete(name)
  collection.dropsBegun += 1
  run.begin(
    run
      .callOn(collection, `drop partition ${name}`, ({ proxy }) =>
        proxy.catalog.dropPartition(target),
      )
      .then((outcome) => {
        if (outcome.kind === 'done') forget()
        if (outcome.kind !== 'unknown') {
          collection.dropsEnded += 1
          return
        }
        run.hidden.push(async ({ proxy }) => {
          collection.dropsEnded += 1
          if (!(await proxy.hasCollection(target))) return
          if (!(await proxy.catalog.hasPartition(target))) forget()
        })
      }),
  )
}

export function createIndex(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined) return
  run.begin(
    run
      .callOn(collection, 'index', ({ proxy }) =>
        proxy.createIndex(createIndexRequest(collection.name)),
      )
      .then(() => undefined),
  )
}

export function dropIndex(run: Run): void {
  const collection = run.pick(run.model.collections.values())
  if (collection === undefined) return
  const target = { ...targetOf(collection.name), fieldName: 'vector', indexName: '' }
  run.begin(
    run
      .callOn(collection, 'drop index', ({ proxy }) => proxy.dropIndex(target))
      .then(() => undefined),
  )
}
