import type { Catalog } from '../meta/tables.ts'
import type { ObjectStore } from '../storage/object-store.ts'

const prefixes = ['insert_log/', 'stats_log/', 'delta_log/', 'index_files/'] as const

/**
 * Drops objects that meta does not name: what a crash left between writing objects and the batch
 * that names them. Only for a folder that nobody writes to yet.
 */
export async function dropOrphans(objects: ObjectStore, catalog: Catalog): Promise<void> {
  const named = new Set<string>()
  for await (const { path } of catalog.binlogs.scan()) named.add(path)
  for await (const { files } of catalog.builds.scan()) {
    for (const { path } of files) named.add(path)
  }
  for (const prefix of prefixes) {
    for await (const { name } of objects.list(prefix)) {
      if (!named.has(name)) await objects.drop(name)
    }
  }
}
