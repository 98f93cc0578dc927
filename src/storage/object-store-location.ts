import type { FileSystem } from '../base/file-system.ts'
import { LocalObjectStore } from './local-object-store.ts'
import type { ObjectStore } from './object-store.ts'

/** Where objects are kept, in a form that a worker thread can be sent. */
export interface ObjectStoreLocation {
  readonly kind: 'local'
  readonly folder: string
}

/** The store at the location, for a thread beside the one that opened it. */
export function attachObjectStore(
  location: ObjectStoreLocation,
  fileSystem: FileSystem,
): ObjectStore {
  return LocalObjectStore.attach(location.folder, fileSystem)
}
