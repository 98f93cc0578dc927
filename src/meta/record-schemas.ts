import * as v from 'valibot'
import { int64Max, int64Min, toId } from '../base/int64.ts'
import type { FieldSchema } from '../schema/collection-schema.ts'
import { metrics } from '../schema/metric.ts'
import type { RecordSchema } from './record-codec.ts'
import type {
  AllocatorRecord,
  BinlogRecord,
  BuildRecord,
  ChannelRecord,
  CollectionRecord,
  DatabaseRecord,
  LoadRecord,
  SegmentRecord,
} from './records.ts'

/**
 * How each record of `records.ts` is read out of JSON. The compiler proves that a schema yields its
 * record's type and nothing else: a field that is missing, too much, or of another type here or
 * there does not compile.
 */
function recordOf<T>() {
  return <S extends v.GenericSchema<unknown, T>>(
    schema: S & ([T] extends [v.InferOutput<S>] ? unknown : never),
  ): RecordSchema<T> => schema
}

const decimal = /^(0|-?[1-9]\d{0,18})$/

const int64Text = v.pipe(
  v.string(),
  v.regex(decimal, 'not a whole number'),
  v.transform((text) => BigInt(text)),
  v.check((value) => value >= int64Min && value <= int64Max, 'more than 64 bits'),
)

/** An id or timestamp: branded for the field that it stands in. */
function id<Id extends bigint>() {
  return v.pipe(
    int64Text,
    v.transform((value): Id => toId<Id>(value)),
  )
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const crc32c = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff))

function list<S extends v.GenericSchema>(item: S) {
  return v.pipe(v.array(item), v.readonly())
}

const keyValues = list(v.strictObject({ key: v.string(), value: v.string() }))

const fieldCommon = {
  id: id<FieldSchema['id']>(),
  name: v.string(),
  description: v.string(),
  typeParams: keyValues,
  indexParams: keyValues,
}

const fieldSchema = recordOf<FieldSchema>()(
  v.variant('type', [
    v.strictObject({
      type: v.picklist(['Bool', 'Int8', 'Int16', 'Int32', 'Int64', 'Float', 'Double']),
      ...fieldCommon,
    }),
    v.strictObject({ type: v.literal('VarChar'), lengthMax: count, ...fieldCommon }),
    v.strictObject({ type: v.literal('FloatVector'), dimension: count, ...fieldCommon }),
  ]),
)

const collectionSchema = recordOf<CollectionRecord['schema']>()(
  v.strictObject({
    name: v.string(),
    description: v.string(),
    fields: list(fieldSchema),
    primaryKey: v.strictObject({
      fieldId: id<CollectionRecord['schema']['primaryKey']['fieldId']>(),
      type: v.picklist(['Int64', 'VarChar']),
      isAutoId: v.boolean(),
    }),
    hasDynamicField: v.boolean(),
    properties: keyValues,
  }),
)

const partition = v.strictObject({
  id: id<CollectionRecord['partitions'][number]['id']>(),
  name: v.string(),
  createdAt: id<CollectionRecord['createdAt']>(),
})

const index = v.strictObject({
  id: id<CollectionRecord['indexes'][number]['id']>(),
  name: v.string(),
  fieldId: id<CollectionRecord['indexes'][number]['fieldId']>(),
  type: v.string(),
  metric: v.picklist(metrics),
  params: v.record(v.string(), v.number()),
  given: keyValues,
  createdAt: id<CollectionRecord['createdAt']>(),
})

const shard = v.strictObject({
  virtualChannel: v.string(),
  physicalChannel: v.string(),
  startPosition: int64Text,
})

export const databaseRecord = recordOf<DatabaseRecord>()(
  v.strictObject({
    id: id<DatabaseRecord['id']>(),
    name: v.string(),
    createdAt: id<DatabaseRecord['createdAt']>(),
    properties: keyValues,
  }),
)

export const collectionRecord = recordOf<CollectionRecord>()(
  v.strictObject({
    id: id<CollectionRecord['id']>(),
    databaseId: id<CollectionRecord['databaseId']>(),
    schema: collectionSchema,
    state: v.picklist(['created', 'dropping']),
    consistencyLevel: v.picklist(['Strong', 'Session', 'Bounded', 'Eventually', 'Customized']),
    shards: list(shard),
    partitions: list(partition),
    indexes: list(index),
    createdAt: id<CollectionRecord['createdAt']>(),
    updatedAt: id<CollectionRecord['updatedAt']>(),
  }),
)

export const allocatorRecord = recordOf<AllocatorRecord>()(
  v.strictObject({ name: v.string(), bound: int64Text }),
)

export const segmentRecord = recordOf<SegmentRecord>()(
  v.strictObject({
    id: id<SegmentRecord['id']>(),
    collectionId: id<SegmentRecord['collectionId']>(),
    partitionId: id<SegmentRecord['partitionId']>(),
    virtualChannel: v.string(),
    state: v.picklist(['growing', 'sealed', 'flushing', 'flushed', 'dropped']),
    rowCount: count,
    sizeBytes: count,
    rowCountMax: count,
    lastExpireAt: id<SegmentRecord['lastExpireAt']>(),
    openedAt: id<SegmentRecord['openedAt']>(),
    sealedAt: id<SegmentRecord['sealedAt']>(),
    flushedAt: id<SegmentRecord['flushedAt']>(),
    droppedAt: id<SegmentRecord['droppedAt']>(),
    startPosition: int64Text,
    position: int64Text,
  }),
)

export const binlogRecord = recordOf<BinlogRecord>()(
  v.strictObject({
    collectionId: id<BinlogRecord['collectionId']>(),
    partitionId: id<BinlogRecord['partitionId']>(),
    segmentId: id<BinlogRecord['segmentId']>(),
    logId: id<BinlogRecord['logId']>(),
    kind: v.picklist(['insert', 'stats', 'delete']),
    fieldId: id<BinlogRecord['fieldId']>(),
    path: v.string(),
    rowCount: count,
    timestampFrom: id<BinlogRecord['timestampFrom']>(),
    timestampTo: id<BinlogRecord['timestampTo']>(),
    sizeBytes: count,
    crc32c,
  }),
)

export const channelRecord = recordOf<ChannelRecord>()(
  v.strictObject({
    virtualChannel: v.string(),
    collectionId: id<ChannelRecord['collectionId']>(),
    shardIndex: count,
    checkpoint: int64Text,
    deletePosition: int64Text,
    checkpointAt: id<ChannelRecord['checkpointAt']>(),
  }),
)

export const buildRecord = recordOf<BuildRecord>()(
  v.strictObject({
    id: id<BuildRecord['id']>(),
    collectionId: id<BuildRecord['collectionId']>(),
    partitionId: id<BuildRecord['partitionId']>(),
    segmentId: id<BuildRecord['segmentId']>(),
    indexId: id<BuildRecord['indexId']>(),
    state: v.picklist(['unissued', 'inProgress', 'finished', 'failed', 'deleted']),
    version: count,
    nodeId: id<BuildRecord['nodeId']>(),
    rowCount: count,
    failReason: v.string(),
    files: list(v.strictObject({ path: v.string(), sizeBytes: count, crc32c })),
  }),
)

export const loadRecord = recordOf<LoadRecord>()(
  v.strictObject({
    collectionId: id<LoadRecord['collectionId']>(),
    loadedAt: id<LoadRecord['loadedAt']>(),
  }),
)
