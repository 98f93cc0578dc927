import type { Random } from '../../src/base/random.ts'
import type { CollectionTarget, Proxy } from '../../src/services/proxy/proxy.ts'
import type { CrashEvent, CrashRequest, FoundCollection } from './events.ts'
import { makeSearchable } from './inventory.ts'
import { creationOf, databaseName, insertionOf } from './rows.ts'

/** Collections are created and dropped under these names, again and again. */
const names = ['alpha', 'beta', 'gamma']
const rowCountMax = 4000

export interface WorkloadOptions {
  readonly proxy: Proxy
  readonly random: Random
  readonly tell: (event: CrashEvent) => void
  /** No key was ever used from here on. */
  readonly keyFrom: number
}

/** Inserts, deletes, flushes, creates, loads and drops on several collections at once, for ever. */
export async function runWorkload(
  options: WorkloadOptions,
  found: readonly FoundCollection[],
): Promise<void> {
  const asker = new Asker(options)
  await Promise.all(
    names.map(async (name) => {
      const known = found.find((collection) => collection.name === name)
      if (known !== undefined) await changeUntilDropped(asker, name, new Set(known.keys))
      for (;;) {
        await asker.ask({ kind: 'create', collection: name })
        await asker.ask({ kind: 'load', collection: name })
        await changeUntilDropped(asker, name, new Set())
      }
    }),
  )
}

async function changeUntilDropped(asker: Asker, name: string, keys: Set<number>): Promise<void> {
  const { random } = asker
  while (keys.size < rowCountMax && random.below(25) > 0) {
    const requests = Array.from({ length: 1 + random.below(4) }, () => draw(asker, name, keys))
    await Promise.all(requests.map((request) => asker.ask(request)))
    const inserts = requests.filter(({ kind }) => kind === 'insert')
    for (const key of inserts.flatMap(keysOf)) keys.add(key)
  }
  await asker.ask({ kind: 'drop', collection: name })
}

function keysOf(request: CrashRequest): readonly number[] {
  return 'keys' in request ? request.keys : []
}

/** Keys to be deleted leave `keys` at once, so that no two requests are about the same row. */
function draw(asker: Asker, collection: string, keys: Set<number>): CrashRequest {
  const { random } = asker
  const choice = random.below(10)
  if (choice === 0) return { kind: 'flush', collection }
  if (choice <= 3 && keys.size > 0) {
    const chosen = [...keys].filter(() => random.below(20) === 0).slice(0, 50)
    for (const key of chosen) keys.delete(key)
    if (chosen.length > 0) return { kind: 'delete', collection, keys: chosen }
  }
  return { kind: 'insert', collection, keys: asker.newKeys(1 + random.below(100)) }
}

class Asker {
  readonly random: Random
  readonly #options: WorkloadOptions
  #nextKey: number
  #nextId = 0

  constructor(options: WorkloadOptions) {
    this.#options = options
    this.random = options.random
    this.#nextKey = options.keyFrom
  }

  newKeys(count: number): readonly number[] {
    this.#nextKey += count
    return Array.from({ length: count }, (_, i) => this.#nextKey - count + i)
  }

  async ask(request: CrashRequest): Promise<void> {
    const { tell, proxy } = this.#options
    const id = this.#nextId++
    tell({ kind: 'asked', id, request })
    try {
      await perform(proxy, request)
      tell({ kind: 'acknowledged', id })
    } catch (error) {
      tell({ kind: 'failed', id, reason: String(error) })
    }
  }
}

async function perform(proxy: Proxy, request: CrashRequest): Promise<void> {
  const target: CollectionTarget = { databaseName, collectionName: request.collection }
  switch (request.kind) {
    case 'create':
      await proxy.createCollection(creationOf(request.collection, 2))
      break
    case 'load':
      await makeSearchable(proxy, target)
      break
    case 'drop':
      await proxy.dropCollection(target)
      break
    case 'flush':
      await proxy.flush(databaseName, [request.collection])
      break
    case 'insert':
      await proxy.insert(insertionOf(request.collection, request.keys))
      break
    case 'delete':
      await proxy.delete({
        ...target,
        partitionName: '',
        filter: `id in [${request.keys.join()}]`,
      })
      break
  }
}
