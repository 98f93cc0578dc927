import { ElanusError } from '../../../base/errors.ts'
import { type CollectionId, toId } from '../../../base/int64.ts'
import type { CollectionRecord } from '../../../meta/records.ts'
import type { DataService } from '../../data/data-service.ts'
import { collectionNotFound } from '../../master/errors.ts'
import type { LocalMaster } from '../../master/local-master.ts'
import type { IndexDefinitions } from '../../proxy/index-definitions.ts'
import type { Settings } from '../../settings.ts'
import type { ComponentInfo } from '../common-messages.ts'
import type { Lifecycle } from '../lifecycle.ts'

/** What the master's calls are made with. */
export interface MasterContext {
  readonly lifecycle: Lifecycle
  readonly master: LocalMaster
  readonly data: DataService
  readonly indexes: IndexDefinitions
  readonly settings: Settings
  /** The services that the master's state is made of. */
  readonly subcomponents: () => readonly ComponentInfo[]
}

interface Named {
  readonly dbName: string
  readonly collectionName: string
}

export function namedCollection(
  master: LocalMaster,
  { dbName, collectionName }: Named,
): CollectionRecord {
  return master.describeCollection(dbName, collectionName)
}

/** By name, or by id where the name is empty. */
export function requestedCollection(
  master: Pick<LocalMaster, 'collection' | 'describeCollection'>,
  request: Named & { readonly collectionID: bigint },
): CollectionRecord {
  if (request.collectionName === '' && request.collectionID !== 0n) {
    return collectionById(master, request.collectionID)
  }
  return master.describeCollection(request.dbName, request.collectionName)
}

export function collectionById(
  master: Pick<LocalMaster, 'collection'>,
  collectionID: bigint,
): CollectionRecord {
  const collection = master.collection(toId<CollectionId>(collectionID))
  if (collection === undefined) throw collectionNotFound('', String(collectionID))
  return collection
}

export function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
