import type { MetaKv, MetaOperation } from './meta-kv.ts'
import * as schemas from './record-schemas.ts'
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
import { Table } from './table.ts'

/** Every table of meta, and the one way to change them: operations of any tables, in one batch. */
export interface Catalog {
  /** Key: id. */
  readonly databases: Table<DatabaseRecord>
  /** Key: id. */
  readonly collections: Table<CollectionRecord>
  /** Key: database, name. */
  readonly aliases: Table<AliasRecord, readonly [databaseId: bigint, name: string]>
  /** Key: position. */
  readonly definitionMessages: Table<DefinitionMessageRecord>
  /** Key: name. */
  readonly allocators: Table<AllocatorRecord, readonly [name: string]>
  /** Key: collection, partition, id. */
  readonly segments: Table<SegmentRecord>
  /** Key: collection, partition, segment, log id, field. */
  readonly binlogs: Table<BinlogRecord>
  /** Key: collection, index of the shard. */
  readonly channels: Table<ChannelRecord>
  /** Key: id. */
  readonly builds: Table<BuildRecord>
  /** Key: collection. */
  readonly loads: Table<LoadRecord>
  /** As MetaKv's: all or none, durable when it resolves. */
  write(operations: readonly MetaOperation[]): Promise<void>
}

export function openCatalog(kv: MetaKv): Catalog {
  return {
    ...masterTables(kv),
    ...dataTables(kv),
    ...indexAndQueryTables(kv),
    write: (operations) => kv.write(operations),
  }
}

function masterTables(kv: MetaKv) {
  return {
    databases: new Table(kv, {
      name: 'databases',
      prefix: 0x10,
      schema: schemas.databaseRecord,
      keyOf: (record) => [record.id],
    }),
    collections: new Table(kv, {
      name: 'collections',
      prefix: 0x11,
      schema: schemas.collectionRecord,
      keyOf: (record) => [record.id],
    }),
    allocators: new Table(kv, {
      name: 'allocators',
      prefix: 0x12,
      schema: schemas.allocatorRecord,
      keyOf: (record) => [record.name] as const,
    }),
    definitionMessages: new Table(kv, {
      name: 'definition messages',
      prefix: 0x13,
      schema: schemas.definitionMessageRecord,
      keyOf: (record) => [record.position],
    }),
    aliases: new Table(kv, {
      name: 'aliases',
      prefix: 0x14,
      schema: schemas.aliasRecord,
      keyOf: (record) => [record.databaseId, record.name] as const,
    }),
  } satisfies Partial<Catalog>
}

function dataTables(kv: MetaKv) {
  return {
    segments: new Table(kv, {
      name: 'segments',
      prefix: 0x20,
      schema: schemas.segmentRecord,
      keyOf: (record) => [record.collectionId, record.partitionId, record.id],
    }),
    binlogs: new Table(kv, {
      name: 'binlogs',
      prefix: 0x21,
      schema: schemas.binlogRecord,
      keyOf: (record) => [
        record.collectionId,
        record.partitionId,
        record.segmentId,
        record.logId,
        record.fieldId,
      ],
    }),
    channels: new Table(kv, {
      name: 'channels',
      prefix: 0x22,
      schema: schemas.channelRecord,
      keyOf: (record) => [record.collectionId, BigInt(record.shardIndex)],
    }),
  } satisfies Partial<Catalog>
}

function indexAndQueryTables(kv: MetaKv) {
  return {
    builds: new Table(kv, {
      name: 'builds',
      prefix: 0x30,
      schema: schemas.buildRecord,
      keyOf: (record) => [record.id],
    }),
    loads: new Table(kv, {
      name: 'loads',
      prefix: 0x40,
      schema: schemas.loadRecord,
      keyOf: (record) => [record.collectionId],
    }),
  } satisfies Partial<Catalog>
}
