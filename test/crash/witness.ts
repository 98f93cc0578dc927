import { present } from '../../src/base/assert.ts'
import type { CrashEvent, CrashRequest, FoundCollection } from './events.ts'

/** What must be so after a crash: settled, or, while a request was under way, either. */
type Promised = 'yes' | 'no' | 'either'

interface Collection {
  exists: Promised
  isLoaded: Promised
  /** Keys that are promised to be there, or gone. */
  readonly keys: Map<number, 'yes' | 'no'>
  /** Requests that were under way: what each does to its keys is done whole or not at all. */
  readonly pending: Map<number, CrashRequest & { readonly kind: 'insert' | 'delete' }>
}

/**
 * Remembers what was promised over all lives of a database, and compares it with what each new life
 * finds. What was found once counts as promised: it may not come and go.
 */
export class Witness {
  readonly violations: string[] = []
  readonly #collections = new Map<string, Collection>()
  readonly #asked = new Map<number, CrashRequest>()
  readonly acknowledgedCounts = new Map<CrashRequest['kind'], number>()

  tell(event: CrashEvent): void {
    switch (event.kind) {
      case 'found':
        this.#compare(event.collections)
        break
      case 'asked':
        this.#asked.set(event.id, event.request)
        this.#begin(event.id, event.request)
        break
      case 'acknowledged': {
        const request = this.#requestOf(event.id)
        const { kind } = request
        this.acknowledgedCounts.set(kind, (this.acknowledgedCounts.get(kind) ?? 0) + 1)
        this.#settle(event.id, request)
        break
      }
      case 'failed':
        this.violations.push(`${describe(this.#requestOf(event.id))} failed: ${event.reason}`)
        break
    }
  }

  #begin(id: number, request: CrashRequest): void {
    const collection = this.#collection(request.collection)
    switch (request.kind) {
      case 'create':
      case 'drop':
        collection.exists = 'either'
        break
      case 'load':
        if (collection.isLoaded === 'no') collection.isLoaded = 'either'
        break
      case 'insert':
      case 'delete':
        collection.pending.set(id, request)
        break
      case 'flush':
        break
    }
  }

  #settle(id: number, request: CrashRequest): void {
    const collection = this.#collection(request.collection)
    switch (request.kind) {
      case 'create':
        collection.exists = 'yes'
        break
      case 'drop':
        this.#forget(request.collection)
        break
      case 'load':
        collection.isLoaded = 'yes'
        break
      case 'insert':
      case 'delete':
        collection.pending.delete(id)
        for (const key of request.keys) collection.keys.set(key, wanted(request))
        break
      case 'flush':
        break
    }
  }

  #compare(found: readonly FoundCollection[]): void {
    const byName = new Map(found.map((collection) => [collection.name, collection]))
    for (const name of new Set([...this.#collections.keys(), ...byName.keys()])) {
      this.#compareCollection(name, byName.get(name))
    }
    this.#asked.clear()
  }

  #compareCollection(name: string, found: FoundCollection | undefined): void {
    const collection = this.#collection(name)
    const { exists, isLoaded } = collection
    if (found === undefined) {
      if (exists === 'yes') this.violations.push(`collection ${name} is lost`)
      this.#forget(name)
      return
    }
    if (exists === 'no') this.violations.push(`collection ${name} is back, or was never asked for`)
    if (isLoaded === 'yes' && !found.isLoaded)
      this.violations.push(`${name} is not loaded any more`)
    for (const fault of found.faults) this.violations.push(`${name}: ${fault}`)
    const there = new Set(found.keys)
    if (there.size < found.keys.length) this.violations.push(`${name} holds keys twice`)
    this.#resolvePending(name, collection, there)
    this.#compareKeys(name, collection, there)
    collection.exists = 'yes'
    collection.isLoaded = found.isLoaded ? 'yes' : 'no'
  }

  /** A request that was under way is there whole or not at all; now it is known which. */
  #resolvePending(name: string, collection: Collection, there: ReadonlySet<number>): void {
    for (const request of collection.pending.values()) {
      const doneCount = request.keys.filter(
        (key) => there.has(key) === (wanted(request) === 'yes'),
      ).length
      if (doneCount > 0 && doneCount < request.keys.length) {
        this.violations.push(
          `${name}: ${describe(request)} is torn: ${doneCount} keys of it are done`,
        )
      }
      for (const key of request.keys) collection.keys.set(key, there.has(key) ? 'yes' : 'no')
    }
    collection.pending.clear()
  }

  #compareKeys(name: string, collection: Collection, there: ReadonlySet<number>): void {
    const promised = [...collection.keys]
    const lost = promised.filter(([key, state]) => state === 'yes' && !there.has(key))
    const back = promised.filter(([key, state]) => state === 'no' && there.has(key))
    const strange = [...there].filter((key) => !collection.keys.has(key))
    const report = (what: string, keys: readonly number[]): void => {
      if (keys.length > 0)
        this.violations.push(`${name}: ${keys.length} keys ${what}: ${keys[0]}, ...`)
    }
    report(
      'are lost',
      lost.map(([key]) => key),
    )
    report(
      'are back that were deleted',
      back.map(([key]) => key),
    )
    report('were never inserted', strange)
  }

  #collection(name: string): Collection {
    const known = this.#collections.get(name)
    if (known !== undefined) return known
    const fresh: Collection = { exists: 'no', isLoaded: 'no', keys: new Map(), pending: new Map() }
    this.#collections.set(name, fresh)
    return fresh
  }

  #forget(name: string): void {
    this.#collections.delete(name)
  }

  #requestOf(id: number): CrashRequest {
    return present(this.#asked.get(id), 'an answer follows its request')
  }
}

function wanted(request: CrashRequest): 'yes' | 'no' {
  return request.kind === 'insert' ? 'yes' : 'no'
}

function describe(request: CrashRequest): string {
  const { kind, collection } = request
  const keys = 'keys' in request ? ` of ${request.keys.length} keys from ${request.keys[0]}` : ''
  return `${kind}${keys} in ${collection}`
}
