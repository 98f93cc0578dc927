import type { Catalog } from '../../meta/tables.ts'
import type { BoundStore } from './timestamp-oracle.ts'

/** Where an allocator keeps what it must not go below again, by its name. */
export function boundStore(catalog: Catalog, name: string): BoundStore {
  return {
    load: async () => (await catalog.allocators.get(name))?.bound ?? 0n,
    save: (bound) => catalog.write([catalog.allocators.put({ name, bound })]),
  }
}
