import { describe, expect, it } from 'vitest'
import type {
  BuildId,
  CollectionId,
  DatabaseId,
  FieldId,
  IndexId,
  LogId,
  PartitionId,
  SegmentId,
} from '../../../src/base/int64.ts'
import { int64Max, int64Min, toId } from '../../../src/base/int64.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import { encodeKey } from '../../../src/meta/keys.ts'
import { openMemoryMeta } from '../../../src/meta/memory-meta.ts'
import type { MetaKv } from '../../../src/meta/meta-kv.ts'
import type {
  BinlogRecord,
  BuildRecord,
  ChannelRecord,
  CollectionRecord,
  FlushedSegmentRecord,
} from '../../../src/meta/records.ts'
import { openCatalog } from '../../../src/meta/tables.ts'

describe('a catalog', () => {
  it('gives back every kind of record as it was put', async () => {
    const catalog = openCatalog(openMemoryMeta())
    const { databases, collections, allocators, segments, binlogs, channels, builds, loads } =
      catalog
    const database = {
      id: toId<DatabaseId>(1n),
      name: 'default',
      createdAt: at(5n),
      properties: [],
    }
    const allocator = { name: 'timestamp', bound: int64Max }
    const load = { collectionId: toId<CollectionId>(7n), partitionIds: [], loadedAt: at(9n) }
    await catalog.write([
      databases.put(database),
      collections.put(collection),
      allocators.put(allocator),
      segments.put(segment),
      binlogs.put(binlog),
      channels.put(channel),
      builds.put(build),
      loads.put(load),
    ])
    expect(await databases.get(1n)).toEqual(database)
    expect(await collections.get(collection.id)).toEqual(collection)
    expect(await allocators.get('timestamp')).toEqual(allocator)
    expect(await segments.get(7n, 8n, int64Min)).toEqual(segment)
    expect(await binlogs.get(7n, 8n, 9n, 10n, 100n)).toEqual(binlog)
    expect(await channels.get(7n, 3n)).toEqual(channel)
    expect(await builds.get(11n)).toEqual(build)
    expect(await loads.get(7n)).toEqual(load)
  })

  it('scans the records under a part of their key, in its order', async () => {
    const catalog = openCatalog(openMemoryMeta())
    const { segments } = catalog
    const ids = [3n, -1n, 200n, 1n]
    await catalog.write(ids.map((id) => segments.put({ ...segment, id: toId<SegmentId>(id) })))
    const elsewhere = { ...segment, partitionId: toId<PartitionId>(9n), id: toId<SegmentId>(2n) }
    await catalog.write([segments.put(elsewhere)])
    expect(await idsOf(segments.scan(7n, 8n))).toEqual([-1n, 1n, 3n, 200n])
    expect(await idsOf(segments.scan(7n))).toEqual([-1n, 1n, 3n, 200n, 2n])
    expect(await idsOf(segments.scan())).toEqual([-1n, 1n, 3n, 200n, 2n])
    expect(await idsOf(segments.scan(8n))).toEqual([])
  })

  it('drops a record by its key', async () => {
    const catalog = openCatalog(openMemoryMeta())
    await catalog.write([catalog.segments.put(segment)])
    await catalog.write([catalog.segments.drop(7n, 8n, int64Min)])
    expect(await catalog.segments.get(7n, 8n, int64Min)).toBeUndefined()
  })

  it('writes a record as its version and JSON, with 64-bit numbers as text', async () => {
    const kv = openMemoryMeta()
    const catalog = openCatalog(kv)
    await catalog.write([catalog.allocators.put({ name: 'id', bound: int64Max })])
    const value = await kv.get(encodeKey(0x12, ['id']))
    expect(value?.[0]).toBe(1)
    expect(textOf(value)).toBe('{"name":"id","bound":"9223372036854775807"}')
  })

  it.each([
    ['a version that is not known', '\u0002{"name":"id","bound":"1"}', 'version is 2'],
    ['no bytes at all', '', 'version is undefined'],
    ['no JSON', '\u0001{', 'not JSON'],
    ['a field too few', '\u0001{"name":"id"}', 'bound'],
    ['a field too many', '\u0001{"name":"id","bound":"1","more":1}', 'more'],
    ['a field of another type', '\u0001{"name":"id","bound":1}', 'bound'],
    ['a number that is none', '\u0001{"name":"id","bound":"1e3"}', '1e3'],
    ['more than 64 bits', '\u0001{"name":"id","bound":"9223372036854775808"}', '64-bit'],
    ['the record of another key', '\u0001{"name":"ie","bound":"1"}', '126965'],
  ])('refuses a value with %s, and names the key', async (_, text, reason) => {
    const kv = openMemoryMeta()
    const key = encodeKey(0x12, ['id'])
    await kv.write([{ kind: 'put', key, value: new TextEncoder().encode(text) }])
    const { allocators } = openCatalog(kv)
    const named: unknown = expect.stringMatching(new RegExp(`126964.*${reason}`))
    const error = { code: 'CORRUPT', message: named }
    await expect(allocators.get('id')).rejects.toMatchObject(error)
    await expect(idsOf(allocators.scan())).rejects.toMatchObject(error)
  })

  it('refuses JSON that is not UTF-8', async () => {
    const kv: MetaKv = openMemoryMeta()
    const value = Uint8Array.of(1, 0x22, 0xff, 0x22)
    await kv.write([{ kind: 'put', key: encodeKey(0x12, ['id']), value }])
    await expect(openCatalog(kv).allocators.get('id')).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('asserts that a record can be read back before it is written', () => {
    const { segments } = openCatalog(openMemoryMeta())
    expect(() => segments.put({ ...segment, rowCount: Number.NaN })).toThrow('read back')
    expect(() => segments.put({ ...segment, sizeBytes: 2 ** 53 })).toThrow('read back')
  })
})

const collection: CollectionRecord = {
  id: toId<CollectionId>(465_800_000_000_000_000n),
  databaseId: toId<DatabaseId>(1n),
  schema: {
    name: 'Größe "1"\n\u0000\ud83d\ude00',
    description: '',
    fields: [
      { ...fieldNamed('id', 100n), type: 'Int64' },
      { ...fieldNamed('title', 101n), type: 'VarChar', lengthMax: 65_535 },
      { ...fieldNamed('vector', 102n), type: 'FloatVector', dimension: 32_768 },
    ],
    primaryKey: { fieldId: toId<FieldId>(100n), type: 'Int64', isAutoId: true },
    hasDynamicField: false,
    properties: [{ key: 'mmap', value: 'true' }],
  },
  state: 'created',
  consistencyLevel: 'Bounded',
  shards: [
    { virtualChannel: 'by-dev-dml_0_7v0', physicalChannel: 'by-dev-dml_0', startPosition: 0n },
  ],
  partitions: [{ id: toId<PartitionId>(8n), name: '_default', createdAt: at(1n) }],
  indexes: [
    {
      id: toId<IndexId>(5n),
      name: 'vector',
      fieldId: toId<FieldId>(102n),
      type: 'HNSW',
      metric: 'COSINE',
      params: { M: 16, efConstruction: 200, constructor: 0.5 },
      given: [{ key: 'index_type', value: 'AUTOINDEX' }],
      createdAt: at(2n),
    },
  ],
  createdAt: at(1n),
  updatedAt: at(2n),
  truncatedAt: at(0n),
}

const segment: FlushedSegmentRecord = {
  id: toId<SegmentId>(int64Min),
  collectionId: toId<CollectionId>(7n),
  partitionId: toId<PartitionId>(8n),
  virtualChannel: 'by-dev-dml_0_7v0',
  state: 'flushed',
  rowCount: 1,
  sizeBytes: Number.MAX_SAFE_INTEGER,
  rowCountMax: 3,
  lastExpireAt: at(1n),
  openedAt: at(2n),
  sealedAt: at(3n),
  flushedAt: at(0n),
  startPosition: 4n,
  position: int64Max,
  compactedFrom: [toId<SegmentId>(5n)],
  purgedAt: at(0n),
}

const binlog: BinlogRecord = {
  collectionId: toId<CollectionId>(7n),
  partitionId: toId<PartitionId>(8n),
  segmentId: toId<SegmentId>(9n),
  logId: toId<LogId>(10n),
  kind: 'insert',
  fieldId: toId<FieldId>(100n),
  path: 'insert_log/7/8/9/100/10',
  rowCount: 5,
  timestampFrom: at(1n),
  timestampTo: at(2n),
  sizeBytes: 1000,
  crc32c: 0xffff_ffff,
}

const channel: ChannelRecord = {
  virtualChannel: 'by-dev-dml_0_7v3',
  collectionId: toId<CollectionId>(7n),
  shardIndex: 3,
  checkpoint: 12n,
  deletePosition: 13n,
  checkpointAt: at(14n),
}

const build: BuildRecord = {
  id: toId<BuildId>(11n),
  collectionId: toId<CollectionId>(7n),
  partitionId: toId<PartitionId>(8n),
  segmentId: toId<SegmentId>(9n),
  indexId: toId<IndexId>(5n),
  state: 'finished',
  version: 2,
  failedCount: 1,
  lostCount: 0,
  rowCount: 5,
  files: [{ path: 'index_files/11/2/graph', sizeBytes: 10, crc32c: 0 }],
}

function fieldNamed(name: string, id: bigint) {
  return { id: toId<FieldId>(id), name, description: '', typeParams: [], indexParams: [] }
}

function at(value: bigint): Timestamp {
  return toId<Timestamp>(value)
}

async function idsOf(records: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const ids: unknown[] = []
  for await (const record of records) {
    ids.push(
      typeof record === 'object' && record !== null && 'id' in record ? record.id : undefined,
    )
  }
  return ids
}

function textOf(value: Uint8Array | undefined): string {
  return new TextDecoder().decode(value?.subarray(1))
}
