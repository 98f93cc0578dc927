import * as v from 'valibot'
import { int64Max, int64Min, toId } from '../base/int64.ts'
import type { FieldSchema, ScalarValue } from '../schema/collection-schema.ts'
import { metrics } from '../schema/metric.ts'
import type { RecordSchema } from './record-codec.ts'
import type {
  AliasRecord,
  AllocatorRecord,
  BinlogRecord,
  BuildRecord,
  ChannelRecord,
  CollectionRecord,
  DatabaseRecord,
  DefinitionMessageRecord,
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

/**
 * A bigint, branded for the field that it stands in. One step and not a pipe of small ones: there
 * are up to ten in a record, and a start reads every record.
 */
function int64<Value extends bigint>() {
  return v.pipe(
    v.string(),
    v.rawTransform<string, Value>(({ dataset, addIssue, NEVER }) => {
      const value = decimal.test(dataset.value) ? BigInt(dataset.value) : undefined
      if (value !== undefined && value >= int64Min && value <= int64Max) return toId<Value>(value)
      addIssue({ message: `${dataset.value} is no 64-bit number` })
      return NEVER
    }),
  )
}

const count = v.custom<number>(
  (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
  'not a count',
)
const crc32c = v.custom<number>(
  (value) => typeof value === 'number' && value >>> 0 === value,
  'not a 32-bit checksum',
)

/** As it is: valibot's own record drops a key such as `constructor` without a word. */
const numbersByName = v.custom<Readonly<Record<string, number>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => typeof entry === 'number'),
  'not numbers by name',
)

function list<S extends v.GenericSchema>(item: S) {
  return v.pipe(v.array(item), v.readonly())
}

const keyValues = list(v.strictObject({ key: v.string(), value: v.string() }))

const fieldCommon = {
  id: int64<FieldSchema['id']>(),
  name: v.string(),
  description: v.string(),
  typeParams: keyValues,
  indexParams: keyValues,
  isNullable: v.optional(v.boolean()),
  addedAt: v.optional(int64<NonNullable<FieldSchema['addedAt']>>()),
}

const scalarValue = recordOf<ScalarValue>()(
  v.variant('kind', [
    v.strictObject({ kind: v.literal('bool'), value: v.boolean() }),
    v.strictObject({ kind: v.literal('integer'), value: int64<bigint>() }),
    v.strictObject({ kind: v.literal('number'), value: v.number() }),
    v.strictObject({ kind: v.literal('text'), value: v.string() }),
  ]),
)

const fixedTypes = ['Bool', 'Int8', 'Int16', 'Int32', 'Int64', 'Float', 'Double'] as const
const scalarCommon = { ...fieldCommon, defaultValue: v.optional(scalarValue) }

const fieldSchema = recordOf<FieldSchema>()(
  v.variant('type', [
    v.strictObject({ type: v.picklist(fixedTypes), ...scalarCommon }),
    v.strictObject({ type: v.literal('VarChar'), lengthMax: count, ...scalarCommon }),
    v.strictObject({ type: v.literal('JSON'), ...fieldCommon }),
    v.strictObject({
      type: v.literal('Array'),
      elementType: v.picklist([...fixedTypes, 'VarChar']),
      capacityMax: count,
      lengthMax: v.optional(count),
      ...fieldCommon,
    }),
    v.strictObject({
      type: v.picklist([
        'BinaryVector',
        'FloatVector',
        'Float16Vector',
        'BFloat16Vector',
        'Int8Vector',
      ]),
      dimension: count,
      ...fieldCommon,
    }),
  ]),
)

const collectionSchema = recordOf<CollectionRecord['schema']>()(
  v.strictObject({
    name: v.string(),
    description: v.string(),
    fields: list(fieldSchema),
    primaryKey: v.strictObject({
      fieldId: int64<CollectionRecord['schema']['primaryKey']['fieldId']>(),
      type: v.picklist(['Int64', 'VarChar']),
      isAutoId: v.boolean(),
    }),
    hasDynamicField: v.boolean(),
    partitionKeyId: v.optional(int64<FieldSchema['id']>()),
    properties: keyValues,
  }),
)

const partition = v.strictObject({
  id: int64<CollectionRecord['partitions'][number]['id']>(),
  name: v.string(),
  createdAt: int64<CollectionRecord['createdAt']>(),
})

const index = v.strictObject({
  id: int64<CollectionRecord['indexes'][number]['id']>(),
  name: v.string(),
  fieldId: int64<CollectionRecord['indexes'][number]['fieldId']>(),
  type: v.string(),
  metric: v.optional(v.picklist(metrics)),
  params: numbersByName,
  given: keyValues,
  createdAt: int64<CollectionRecord['createdAt']>(),
})

const shard = v.strictObject({
  virtualChannel: v.string(),
  physicalChannel: v.string(),
  startPosition: int64<bigint>(),
})

export const databaseRecord = recordOf<DatabaseRecord>()(
  v.strictObject({
    id: int64<DatabaseRecord['id']>(),
    name: v.string(),
    createdAt: int64<DatabaseRecord['createdAt']>(),
    properties: keyValues,
  }),
)

export const collectionRecord = recordOf<CollectionRecord>()(
  v.strictObject({
    id: int64<CollectionRecord['id']>(),
    databaseId: int64<CollectionRecord['databaseId']>(),
    schema: collectionSchema,
    state: v.picklist(['created', 'dropping']),
    consistencyLevel: v.picklist(['Strong', 'Session', 'Bounded', 'Eventually', 'Customized']),
    shards: list(shard),
    partitions: list(partition),
    indexes: list(index),
    createdAt: int64<CollectionRecord['createdAt']>(),
    updatedAt: int64<CollectionRecord['updatedAt']>(),
    truncatedAt: int64<CollectionRecord['truncatedAt']>(),
  }),
)

const definitionCommon = {
  position: int64<bigint>(),
  at: int64<DefinitionMessageRecord['at']>(),
  databaseId: int64<DefinitionMessageRecord['databaseId']>(),
  databaseName: v.string(),
  collectionId: int64<DefinitionMessageRecord['collectionId']>(),
  collectionName: v.string(),
}

export const definitionMessageRecord = recordOf<DefinitionMessageRecord>()(
  v.variant('kind', [
    v.strictObject({
      kind: v.literal('createCollection'),
      ...definitionCommon,
      schema: collectionSchema,
      virtualChannels: list(v.string()),
      physicalChannels: list(v.string()),
    }),
    v.strictObject({ kind: v.literal('dropCollection'), ...definitionCommon }),
    v.strictObject({
      kind: v.picklist(['createPartition', 'dropPartition']),
      ...definitionCommon,
      partitionId: int64<CollectionRecord['partitions'][number]['id']>(),
      partitionName: v.string(),
    }),
  ]),
)

export const aliasRecord = recordOf<AliasRecord>()(
  v.strictObject({
    databaseId: int64<AliasRecord['databaseId']>(),
    name: v.string(),
    collectionId: int64<AliasRecord['collectionId']>(),
    createdAt: int64<AliasRecord['createdAt']>(),
  }),
)

export const allocatorRecord = recordOf<AllocatorRecord>()(
  v.strictObject({ name: v.string(), bound: int64<bigint>() }),
)

const segmentCommon = {
  id: int64<SegmentRecord['id']>(),
  collectionId: int64<SegmentRecord['collectionId']>(),
  partitionId: int64<SegmentRecord['partitionId']>(),
  virtualChannel: v.string(),
  rowCountMax: count,
  lastExpireAt: int64<SegmentRecord['lastExpireAt']>(),
  openedAt: int64<SegmentRecord['openedAt']>(),
  startPosition: int64<bigint>(),
}

const segmentSealing = { sealedAt: int64<SegmentRecord['openedAt']>() }

const segmentFiles = {
  ...segmentSealing,
  flushedAt: int64<SegmentRecord['openedAt']>(),
  rowCount: count,
  sizeBytes: count,
  position: int64<bigint>(),
  compactedFrom: list(int64<SegmentRecord['id']>()),
  purgedAt: int64<SegmentRecord['openedAt']>(),
}

export const segmentRecord = recordOf<SegmentRecord>()(
  v.variant('state', [
    v.strictObject({ state: v.literal('growing'), ...segmentCommon }),
    v.strictObject({ state: v.literal('sealed'), ...segmentCommon, ...segmentSealing }),
    v.strictObject({ state: v.literal('flushing'), ...segmentCommon, ...segmentSealing }),
    v.strictObject({ state: v.literal('flushed'), ...segmentCommon, ...segmentFiles }),
    v.strictObject({
      state: v.literal('dropped'),
      ...segmentCommon,
      droppedAt: int64<SegmentRecord['openedAt']>(),
      compactedTo: v.exactOptional(int64<SegmentRecord['id']>()),
      sealedAt: v.exactOptional(segmentFiles.sealedAt),
      flushedAt: v.exactOptional(segmentFiles.flushedAt),
      rowCount: v.exactOptional(segmentFiles.rowCount),
      sizeBytes: v.exactOptional(segmentFiles.sizeBytes),
      position: v.exactOptional(segmentFiles.position),
      compactedFrom: v.exactOptional(segmentFiles.compactedFrom),
      purgedAt: v.exactOptional(segmentFiles.purgedAt),
    }),
  ]),
)

export const binlogRecord = recordOf<BinlogRecord>()(
  v.strictObject({
    collectionId: int64<BinlogRecord['collectionId']>(),
    partitionId: int64<BinlogRecord['partitionId']>(),
    segmentId: int64<BinlogRecord['segmentId']>(),
    logId: int64<BinlogRecord['logId']>(),
    kind: v.picklist(['insert', 'stats', 'delete']),
    fieldId: int64<BinlogRecord['fieldId']>(),
    path: v.string(),
    rowCount: count,
    timestampFrom: int64<BinlogRecord['timestampFrom']>(),
    timestampTo: int64<BinlogRecord['timestampTo']>(),
    sizeBytes: count,
    crc32c,
  }),
)

export const channelRecord = recordOf<ChannelRecord>()(
  v.strictObject({
    virtualChannel: v.string(),
    collectionId: int64<ChannelRecord['collectionId']>(),
    shardIndex: count,
    checkpoint: int64<bigint>(),
    deletePosition: int64<bigint>(),
    checkpointAt: int64<ChannelRecord['checkpointAt']>(),
  }),
)

const buildCommon = {
  id: int64<BuildRecord['id']>(),
  collectionId: int64<BuildRecord['collectionId']>(),
  partitionId: int64<BuildRecord['partitionId']>(),
  segmentId: int64<BuildRecord['segmentId']>(),
  indexId: int64<BuildRecord['indexId']>(),
  rowCount: count,
  version: count,
  failedCount: count,
  lostCount: count,
}

export const buildRecord = recordOf<BuildRecord>()(
  v.variant('state', [
    v.strictObject({ state: v.literal('unissued'), ...buildCommon, failReason: v.string() }),
    v.strictObject({ state: v.literal('inProgress'), ...buildCommon }),
    v.strictObject({
      state: v.literal('finished'),
      ...buildCommon,
      files: list(v.strictObject({ path: v.string(), sizeBytes: count, crc32c })),
    }),
    v.strictObject({ state: v.literal('failed'), ...buildCommon, failReason: v.string() }),
    v.strictObject({
      state: v.literal('deleted'),
      ...buildCommon,
      deletedAt: int64<SegmentRecord['openedAt']>(),
    }),
  ]),
)

export const loadRecord = recordOf<LoadRecord>()(
  v.strictObject({
    collectionId: int64<LoadRecord['collectionId']>(),
    partitionIds: list(int64<LoadRecord['partitionIds'][number]>()),
    loadedAt: int64<LoadRecord['loadedAt']>(),
  }),
)
