import { beforeEach, describe, expect, it } from 'vitest'
import { openMemoryMeta } from '../../../../src/meta/memory-meta.ts'
import type { MetaKv } from '../../../../src/meta/meta-kv.ts'
import { openCatalog } from '../../../../src/meta/tables.ts'
import { LocalMaster } from '../../../../src/services/master/local-master.ts'
import type { CollectionDefinition } from '../../../../src/services/master/master.ts'
import { schemaOf, wireSchema } from '../../../../src/services/seed/wire-schema.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

const field = {
  description: '',
  isPrimaryKey: false,
  isAutoId: false,
  isPartitionKey: false,
  isNullable: false,
  typeParams: [],
  indexParams: [],
}

function definitionOf(name: string, databaseName = ''): CollectionDefinition {
  const title = { ...field, name: 'title', dataType: 21 }
  const vector = { ...field, name: 'vector', dataType: 101 }
  return {
    databaseName,
    schema: {
      name,
      description: '',
      fields: [
        { ...field, name: 'id', dataType: 5, isPrimaryKey: true },
        { ...title, typeParams: [{ key: 'max_length', value: '8' }] },
        { ...vector, typeParams: [{ key: 'dim', value: '4' }] },
      ],
      hasDynamicField: false,
    },
    shardCount: 1,
    consistencyLevel: 'Bounded',
    properties: [],
  }
}

const of = (collectionName: string, databaseName = '') => ({ databaseName, collectionName })
const set = (key: string, value: string) => ({ set: [{ key, value }], dropKeys: [] })

describe('the master', () => {
  let kv: MetaKv
  let master: LocalMaster

  const open = () => LocalMaster.open(openCatalog(kv), new ManualClock())

  beforeEach(async () => {
    kv = openMemoryMeta()
    master = await open()
    await master.createCollection(definitionOf('a'))
    await master.createCollection(definitionOf('b'))
  })

  it('finds a collection by its name and by an alias', async () => {
    await master.createAlias({ ...of('a'), alias: 'x' })
    expect(master.describeCollection('', 'x')).toBe(master.describeCollection('', 'a'))
    expect(master.hasCollection('', 'x')).toBe(true)
    await master.alterAlias({ ...of('b'), alias: 'x' })
    expect(master.describeCollection('', 'x').schema.name).toBe('b')
    await master.dropAlias('', 'x')
    expect(master.hasCollection('', 'x')).toBe(false)
  })

  it('keeps aliases of one name apart by their databases', async () => {
    await master.createDatabase('other', [])
    await master.createCollection(definitionOf('a', 'other'))
    await master.createAlias({ ...of('a'), alias: 'x' })
    await master.createAlias({ ...of('a', 'other'), alias: 'x' })
    const ids = ['', 'other'].map((database) => master.describeCollection(database, 'x').id)
    expect(ids[0]).not.toBe(ids[1])
    expect(master.aliasesIn('')).toEqual(['x'])
  })

  it('moves the update time with what a client encodes rows by, and not with an index', async () => {
    const timeOf = () => master.describeCollection('', 'a').updatedAt
    const times = [timeOf()]
    await master.alterCollection(of('a'), set('my.own', '1'))
    times.push(timeOf())
    await master.alterField(of('a'), 'title', set('max_length', '9'))
    times.push(timeOf())
    expect(times).toEqual([...new Set(times)].toSorted((one, other) => (one < other ? -1 : 1)))
    await master.createAlias({ ...of('a'), alias: 'x' })
    await master.truncateCollection(of('a'))
    expect(timeOf()).toBe(times.at(-1))
    await master.renameCollection({ from: of('a'), to: of('c') })
    expect(master.describeCollection('', 'c').updatedAt).toBeGreaterThan(times.at(-1) ?? 0n)
  })

  it('changes nothing when any part of a change is refused', async () => {
    const before = master.describeCollection('', 'a')
    const change = {
      set: [
        { key: 'max_length', value: '9' },
        { key: 'dim', value: '5' },
      ],
      dropKeys: [],
    }
    await expect(master.alterField(of('a'), 'title', change)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(master.describeCollection('', 'a')).toBe(before)
  })

  it('adds fields under new ids, and has them when it is opened again', async () => {
    const field = {
      name: 'tags',
      description: '',
      dataType: 22,
      elementType: 21,
      isPrimaryKey: false,
      isAutoId: false,
      isPartitionKey: false,
      isNullable: true,
      typeParams: [
        { key: 'max_capacity', value: '4' },
        { key: 'max_length', value: '9' },
      ],
      indexParams: [],
    }
    const defaultValue = { kind: 'integer', value: 2n ** 40n } as const
    const count = { ...field, name: 'count', dataType: 5, defaultValue }
    await master.alterCollection(of('a'), set('dynamicfield.enabled', 'true'))
    await master.addField(of('a'), field)
    await master.addField(of('a'), count)
    const { schema, updatedAt } = master.describeCollection('', 'a')
    expect(schema.hasDynamicField).toBe(true)
    const added = schema.fields.slice(-3)
    expect(added.map(({ name }) => name)).toEqual(['$meta', 'tags', 'count'])
    expect(new Set(schema.fields.map(({ id }) => id)).size).toBe(schema.fields.length)
    expect(added.at(-1)).toMatchObject({ type: 'Int64', defaultValue, addedAt: updatedAt })
    expect((await open()).describeCollection('', 'a').schema).toEqual(schema)
    expect(
      schemaOf(wireSchema(schema)).fields.map(({ id, name, type }) => [id, name, type]),
    ).toEqual(schema.fields.map(({ id, name, type }) => [id, name, type]))
  })

  it('lets arrays become longer, and no other field', async () => {
    const array = { ...set('max_capacity', '8') }
    await expect(master.alterField(of('a'), 'title', array)).rejects.toThrow('non-array types')
  })

  it('makes partitions for the values of a partition key, and no others', async () => {
    const definition = definitionOf('keyed')
    const fields = definition.schema.fields.map((field) => ({
      ...field,
      isPartitionKey: field.name === 'title',
    }))
    const keyed = { ...definition, schema: { ...definition.schema, fields } }
    const { partitions, schema } = await master.createCollection({ ...keyed, partitionCount: 5 })
    expect(partitions.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4].map((n) => `_default_${n}`))
    expect(schema.fields.find(({ id }) => id === schema.partitionKeyId)?.name).toBe('title')
    const target = { ...of('keyed'), partitionName: 'own' }
    await expect(master.createPartition(target)).rejects.toThrow('partition key mode')
    await expect(master.createCollection({ ...keyed, partitionCount: 6 })).rejects.toThrow(
      'different parameters',
    )
    await expect(
      master.createCollection({ ...definitionOf('c'), partitionCount: 2 }),
    ).rejects.toThrow('partition key')
  })

  it('takes no limit beyond the greatest', async () => {
    const clock = new ManualClock()
    const opening = LocalMaster.open(openCatalog(kv), clock, { vectorFieldCountMax: 11 })
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await LocalMaster.open(openCatalog(kv), clock, { vectorFieldCountMax: 10 })
  })

  it('gives a name that was freed to another collection', async () => {
    await master.renameCollection({ from: of('a'), to: of('c') })
    const again = await master.createCollection(definitionOf('a'))
    expect(master.describeCollection('', 'a').id).toBe(again.id)
    expect(master.describeCollection('', 'c').id).not.toBe(again.id)
  })

  it('runs definitions that come at once one after the other', async () => {
    const names = ['c', 'd', 'e', 'f']
    const renames = names.map((name) => master.renameCollection({ from: of('a'), to: of(name) }))
    const outcomes = await Promise.allSettled(renames)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(master.showCollections('').map(({ schema }) => schema.name)).toEqual(['b', 'c'])
  })

  it('is the same after it was opened again', async () => {
    await master.createDatabase('other', [{ key: 'my.own', value: '1' }])
    await master.renameCollection({ from: of('b'), to: of('moved', 'other') })
    await master.createAlias({ ...of('a'), alias: 'x' })
    await master.alterCollection(of('x'), set('collection.ttl.seconds', '60'))
    await master.truncateCollection(of('x'))
    const reopened = await open()
    expect(reopened.listDatabases()).toEqual(master.listDatabases())
    expect(reopened.describeCollection('', 'x')).toEqual(master.describeCollection('', 'a'))
    expect(reopened.describeCollection('other', 'moved')).toEqual(
      master.describeCollection('other', 'moved'),
    )
    expect(reopened.aliasesOf(master.describeCollection('', 'a').id)).toEqual(['x'])
    await reopened.dropDatabase('other').catch(() => undefined)
    expect(reopened.describeDatabase('other').properties).toEqual([{ key: 'my.own', value: '1' }])
  })

  it('tells who listens of each change of a collection', async () => {
    const told: unknown[] = []
    using _ = master.subscribe((id) => told.push(id))
    await master.alterCollection(of('a'), set('my.own', '1'))
    await master.truncateCollection(of('a'))
    await master.renameCollection({ from: of('a'), to: of('c') })
    expect(told).toEqual(Array(3).fill(master.describeCollection('', 'c').id))
  })
})
