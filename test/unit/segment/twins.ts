import type { FieldId, LogId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { CollectionSchema } from '../../../src/schema/collection-schema.ts'
import { flushLogIdCount } from '../../../src/segment/flush-plan.ts'
import { flushSegment } from '../../../src/segment/flush-segment.ts'
import { nextGeneration } from '../../../src/segment/generation.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import {
  type BuiltIndex,
  type LoadRequest,
  loadSegment,
} from '../../../src/segment/load-segment.ts'
import { SealedSegment } from '../../../src/segment/sealed-segment.ts'
import type { BinlogFacts } from '../../../src/storage/binlog-facts.ts'
import { writeDeleteLog } from '../../../src/storage/delete-log.ts'
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import type { History } from './history.ts'
import { collectionId, partitionId } from './sample.ts'

/** A growing segment's way to its sealed twin, on this thread and on a disk in memory. */
export class Twins {
  readonly disk: SimulatedDisk
  readonly store: LocalObjectStore
  #lastLogId = 0n

  private constructor(disk: SimulatedDisk, store: LocalObjectStore) {
    this.disk = disk
    this.store = store
  }

  static async open(): Promise<Twins> {
    const disk = new SimulatedDisk({ random: seededRandom(1) })
    return new Twins(disk, await LocalObjectStore.open('/o', disk))
  }

  async flush(
    segment: GrowingSegment,
    rowFrom = 0,
    rowTo = segment.rowCount,
  ): Promise<readonly BinlogFacts[]> {
    const logIds = Array.from({ length: flushLogIdCount(segment.schema) }, () => this.nextLogId())
    const request = { collectionId, partitionId, segment: segment.handle(), rowFrom, rowTo, logIds }
    return (await flushSegment(this.store, request, () => undefined)).binlogs
  }

  writeDeletes(schema: CollectionSchema, history: History): Promise<BinlogFacts> {
    const { fieldId } = schema.primaryKey
    const logId = this.nextLogId()
    const log = { collectionId, partitionId, shardIndex: 0, fieldId, logId, ...history.deleteLog() }
    return writeDeleteLog(this.store, log)
  }

  async load(
    segment: GrowingSegment,
    binlogs: readonly BinlogFacts[],
    others: { readonly deletes?: readonly BinlogFacts[]; readonly indexes?: readonly BuiltIndex[] },
  ): Promise<SealedSegment> {
    const request = loadRequestOf(segment, binlogs, others)
    return SealedSegment.attach(await loadSegment(this.store, request, () => undefined))
  }

  nextLogId(): LogId {
    this.#lastLogId += 1n
    return toId<LogId>(this.#lastLogId)
  }
}

export function loadRequestOf(
  segment: GrowingSegment,
  binlogs: readonly BinlogFacts[],
  others: {
    readonly deletes?: readonly BinlogFacts[]
    readonly indexes?: readonly BuiltIndex[]
    readonly scalarIndexes?: LoadRequest['scalarIndexes']
  } = {},
): LoadRequest {
  return {
    collectionId,
    partitionId,
    segmentId: segment.id,
    generation: nextGeneration(),
    schema: segment.schema,
    rowCount: segment.rowCount,
    binlogs,
    deletes: others.deletes ?? [],
    indexes: others.indexes ?? [],
    scalarIndexes: others.scalarIndexes ?? [],
  }
}

export function fieldIdsOf(schema: CollectionSchema): readonly FieldId[] {
  return schema.fields.map((field) => field.id)
}
