import { ElanusError } from '../../../base/errors.ts'
import type { BuildId, SegmentId } from '../../../base/int64.ts'
import { toId } from '../../../base/int64.ts'
import type { BuildRecord, CollectionRecord, IndexRecord } from '../../../meta/records.ts'
import type { DataService } from '../../data/data-service.ts'
import type { IndexService } from '../../index/index-service.ts'
import type { LocalMaster } from '../../master/local-master.ts'
import type { IndexNode } from '../facades.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { NodeRegistry } from '../node-registry.ts'
import type { BuildReports } from './build-reports.ts'

/** What the index service's calls are made with. */
export interface IndexContext {
  readonly lifecycle: Lifecycle
  readonly master: LocalMaster
  readonly data: DataService
  readonly index: IndexService
  readonly nodes: NodeRegistry<IndexNode>
  readonly reports: BuildReports
}

export interface DefinedIndex {
  readonly collection: CollectionRecord
  readonly index: IndexRecord
}

/** Undefined when no collection has an index of that id. */
export function findIndex(
  master: Pick<LocalMaster, 'allCollections'>,
  indexID: bigint,
): DefinedIndex | undefined {
  for (const collection of master.allCollections()) {
    const index = collection.indexes.find(({ id }) => id === indexID)
    if (index !== undefined) return { collection, index }
  }
  return undefined
}

export function buildOf({ index }: IndexContext, buildID: bigint): BuildRecord {
  const build = index.build(toId<BuildId>(buildID))
  if (build === undefined) throw buildNotFound(buildID)
  return build
}

export function buildNotFound(buildID: bigint): ElanusError {
  return new ElanusError('BUILD_NOT_FOUND', `build not found[build=${buildID}]`)
}

/** The segment that a binlog is of, by its path: `insert_log/collection/partition/segment/...`. */
export function segmentIdOfPath(path: string): SegmentId | undefined {
  const id = /^insert_log\/\d{1,19}\/\d{1,19}\/(\d{1,19})\//.exec(path)?.[1]
  return id === undefined ? undefined : toId<SegmentId>(BigInt.asIntN(64, BigInt(id)))
}
