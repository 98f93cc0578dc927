import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ErrorCode,
  IndexState,
  MsgType,
  StateCode,
} from '../../../src/services/seed/common-messages.ts'
import { followUntil, held, isTick } from './follow.ts'
import * as ask from './requests.ts'
import type { OpenSubject, Subject } from './subject.ts'

const { base, dbName } = ask
const ok = { errorCode: ErrorCode.SUCCESS, reason: '' }

/** What the master does, whatever it is reached by. */
export function describeMaster(name: string, open: OpenSubject): void {
  describe(`the master, ${name}`, () => {
    let subject: Subject
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(() => subject[Symbol.asyncDispose]())
    const master = () => subject.master

    describeCollections(() => subject)
    describePartitions(() => subject)
    describeIndexes(() => subject)
    describeDefinitionChannel(() => subject)

    it('gives the first of the timestamps and ids that it allocates', async () => {
      const one = await master().allocTimestamp({ base, count: 10 })
      const other = await master().allocTimestamp({ base, count: 1 })
      expect(one).toMatchObject({ status: ok, count: 10 })
      expect(other.timestamp).toBeGreaterThanOrEqual(one.timestamp + 10n)
      const id = await master().allocID({ base, count: 5 })
      expect((await master().allocID({ base, count: 1 })).ID).toBeGreaterThanOrEqual(id.ID + 5n)
    })

    it('T3: refuses to allocate none, and more than a millisecond holds', async () => {
      for (const count of [0, 2 ** 18]) {
        const { status } = await master().allocTimestamp({ base, count })
        expect(status?.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
      }
      const { status } = await master().allocID({ base, count: 0 })
      expect(status?.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
    })

    it('says what state it is in, and counts what it keeps', async () => {
      const states = await master().getComponentStates({})
      expect(states.state).toMatchObject({ role: 'master', stateCode: StateCode.HEALTHY })
      expect(states.subcomponentStates.map(({ role }) => role)).toEqual([
        'data service',
        'index service',
      ])
      const stats = await master().getMasterStats({})
      expect(stats.databaseCount).toBe(1n)
      expect(stats.partitionCount).toBeGreaterThanOrEqual(stats.collectionCount)
    })

    it('gives the settings that are asked for, and leaves out what is none', async () => {
      const keys = ['readTimeoutMs', 'nonsense']
      const found = await master().getSysConfigs({ base, keys, keyPrefixes: ['seal.idle'] })
      expect(found.keys).toEqual(['readTimeoutMs', 'seal.idleMs', 'seal.idleSizeBytesMin'])
      expect(found.values[0]).toBe('10000')
    })

    it('publishes its figures', async () => {
      const { value } = await master().getStatsChannel({})
      const [message] = await held(subject, value)
      expect(message?.body.type).toBe(MsgType.MASTER_STATISTICS)
    })

    it('T17: ticks on, though nothing happens', async () => {
      const { value } = await master().getTimeTickChannel({})
      const ticks = await followUntil(subject, value, (_, found) => found.length === 3)
      expect(ticks.every(isTick)).toBe(true)
      const times = ticks.map(({ timestamp }) => timestamp)
      expect(times).toEqual(times.toSorted((one, other) => (one < other ? -1 : 1)))
      expect(new Set(times).size).toBe(3)
    })
  })
}

function describeCollections(subject: () => Subject): void {
  const master = () => subject().master

  it('creates, describes, shows and drops a collection', async () => {
    expect(await master().createCollection(ask.createCollection('books', 2))).toEqual(ok)
    const described = await master().describeCollection(ask.collection('books'))
    expect(described.status).toEqual(ok)
    expect(described.schema?.fields.map(({ fieldID, name }) => [fieldID, name])).toEqual([
      [100n, 'id'],
      [101n, 'vector'],
    ])
    expect(described.virtualChannelNames).toHaveLength(2)
    expect(described.startPositions).toHaveLength(2)
    const byId = await master().describeCollection(ask.collection('', described.collectionID))
    expect(byId.schema?.name).toBe('books')
    const shown = await master().showCollections({ base, dbName })
    expect(shown.collectionNames).toContain('books')
    expect(await master().hasCollection(ask.collection('books'))).toEqual({
      status: ok,
      value: true,
    })
    expect(await master().dropCollection(ask.collection('books'))).toEqual(ok)
    expect(await master().hasCollection(ask.collection('books'))).toEqual({
      status: ok,
      value: false,
    })
  })

  it('takes the name of a dropped collection at once, for one with a new id', async () => {
    const former = await ask.makeCollection(subject(), 'phoenix')
    await master().dropCollection(ask.collection('phoenix'))
    expect(await ask.makeCollection(subject(), 'phoenix')).not.toBe(former)
  })

  it('refuses what is no collection, with a status', async () => {
    const nameless = await master().createCollection(ask.createCollection('9lives'))
    expect(nameless.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
    const schemaless = { ...ask.createCollection('bare'), schema: undefined }
    expect((await master().createCollection(schemaless)).reason).toContain('bare')
    const missing = await master().describeCollection(ask.collection('missing'))
    expect(missing.status?.errorCode).toBe(ErrorCode.COLLECTION_NOT_EXISTS)
    expect(missing.schema).toBeUndefined()
    const dropped = await master().dropCollection(ask.collection('missing'))
    expect(dropped.errorCode).toBe(ErrorCode.COLLECTION_NOT_EXISTS)
  })
}

function describePartitions(subject: () => Subject): void {
  const master = () => subject().master

  it('creates, shows and drops a partition', async () => {
    await ask.makeCollection(subject(), 'shelves')
    const target = ask.partition('shelves', 'novels')
    expect(await master().createPartition(target)).toEqual(ok)
    expect(await master().hasPartition(target)).toEqual({ status: ok, value: true })
    const shown = await master().showPartitions(ask.collection('shelves'))
    expect(shown.partitionNames).toEqual(['_default', 'novels'])
    await subject().insertChannel.insert(ask.insert('shelves', 0, 3, 'novels'))
    const described = await master().describePartition(target)
    expect(described.statistics).toEqual([{ key: 'row_count', value: '3' }])
    expect(described.partitionID).toBe(shown.partitionIDs[1])
    expect(await master().dropPartition(target)).toEqual(ok)
    expect(await master().hasPartition(target)).toEqual({ status: ok, value: false })
  })

  it('drops the rows of a partition with it', async () => {
    const collectionID = await ask.makeCollection(subject(), 'cellar')
    await master().createPartition(ask.partition('cellar', 'wines'))
    await subject().insertChannel.insert(ask.insert('cellar', 0, 5, 'wines'))
    await subject().insertChannel.insert(ask.insert('cellar', 5, 2))
    await ask.flush(subject(), collectionID)
    await master().dropPartition(ask.partition('cellar', 'wines'))
    const { count } = await subject().dataService.getCount({ base, dbID: 0n, collectionID })
    expect(count).toBe(2n)
  })

  it('keeps the default partition, and says so', async () => {
    await ask.makeCollection(subject(), 'floor')
    const dropped = await master().dropPartition(ask.partition('floor', '_default'))
    expect(dropped.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
  })

  it('refuses partitions of no collection, and of no name', async () => {
    const homeless = await master().createPartition(ask.partition('missing', 'p'))
    expect(homeless.errorCode).toBe(ErrorCode.COLLECTION_NOT_EXISTS)
    const { status } = await master().hasPartition(ask.partition('missing', 'p'))
    expect(status?.errorCode).toBe(ErrorCode.COLLECTION_NOT_EXISTS)
    await ask.makeCollection(subject(), 'attic')
    const nameless = await master().createPartition(ask.partition('attic', ''))
    expect(nameless.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
    const unknown = await master().dropPartition(ask.partition('attic', 'missing'))
    expect(unknown.errorCode).not.toBe(ErrorCode.SUCCESS)
  })
}

function describeIndexes(subject: () => Subject): void {
  const master = () => subject().master
  const flat = { index_type: 'FLAT', metric_type: 'L2' }

  it('T20: takes the same index twice and no other on the same field', async () => {
    await ask.makeCollection(subject(), 'indexed')
    expect(await master().createIndex(ask.createIndex('indexed', flat))).toEqual(ok)
    const before = await master().describeIndex(ask.index('indexed'))
    expect(await master().createIndex(ask.createIndex('indexed', flat))).toEqual(ok)
    expect(await master().describeIndex(ask.index('indexed'))).toEqual(before)
    const other = await master().createIndex(
      ask.createIndex('indexed', { ...flat, metric_type: 'IP' }),
    )
    expect(other.errorCode).not.toBe(ErrorCode.SUCCESS)
    const { state } = await master().getIndexState(ask.index('indexed'))
    expect(state).toBe(IndexState.FINISHED)
    expect(await master().dropIndex(ask.index('indexed'))).toEqual(ok)
    const { status } = await master().describeIndex(ask.index('indexed'))
    expect(status?.errorCode).not.toBe(ErrorCode.SUCCESS)
  })

  it('T20: refuses an index on a scalar field and keeps no trace of it', async () => {
    await ask.makeCollection(subject(), 'plain')
    const onKey = { ...ask.createIndex('plain', flat), fieldName: 'id' }
    const status = await master().createIndex(onKey)
    expect(status.errorCode).toBe(ErrorCode.ILLEGAL_INDEX_TYPE)
    const described = await master().describeIndex({ ...ask.index('plain'), fieldName: '' })
    expect(described.indexDescriptions).toEqual([])
  })
}

function describeDefinitionChannel(subject: () => Subject): void {
  it('tells every change of the catalog, in order, and again from a position', async () => {
    const { master } = subject()
    const { value: name } = await master.getDdChannel({})
    await ask.makeCollection(subject(), 'told')
    await master.createPartition(ask.partition('told', 'p'))
    await master.dropPartition(ask.partition('told', 'p'))
    await master.dropCollection(ask.collection('told'))
    const all = await held(subject(), name)
    const mine = all.filter(
      ({ body }) => 'collectionName' in body.message && body.message.collectionName === 'told',
    )
    expect(mine.map(({ body }) => body.type)).toEqual([
      MsgType.CREATE_COLLECTION,
      MsgType.CREATE_PARTITION,
      MsgType.CREATE_PARTITION,
      MsgType.DROP_PARTITION,
      MsgType.DROP_COLLECTION,
    ])
    const [, , third] = mine
    const start = { kind: 'position', position: third?.position ?? 0n } as const
    const again = await held(subject(), name, start)
    expect(again.slice(0, 3)).toEqual(mine.slice(2))
  })
}
