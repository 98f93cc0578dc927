import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErrorCode, MsgType, StateCode } from '../../../src/services/seed/common-messages.ts'
import { SegmentState } from '../../../src/services/seed/data-messages.ts'
import { settingsDefault } from '../../../src/services/settings.ts'
import { followUntil, held, isTick } from './follow.ts'
import * as ask from './requests.ts'
import type { OpenSubject, Subject } from './subject.ts'

const { base } = ask
const ok = { errorCode: ErrorCode.SUCCESS, reason: '' }
/** 40 bytes: what the rows of these tests are reckoned to take. */
const rowSizeBytes = 40
const segmentRowCountMax = 1_000

/** What the data service and the insert channel do, whatever they are reached by. */
export function describeDataService(name: string, open: OpenSubject): void {
  describe(`the data service, ${name}`, () => {
    let subject: Subject
    beforeAll(async () => {
      const segmentSizeBytesMax = segmentRowCountMax * rowSizeBytes
      subject = await open({ seal: { ...settingsDefault.seal, segmentSizeBytesMax } })
    })
    afterAll(() => subject[Symbol.asyncDispose]())

    describeAssignment(() => subject)
    describeSegments(() => subject)
    describeStatistics(() => subject)
    describeReports(() => subject)
    describeChannels(() => subject)
  })
}

function describeAssignment(subject: () => Subject): void {
  const data = () => subject().dataService

  it('T4: splits a promise that no segment can hold', async () => {
    const collectionID = await ask.makeCollection(subject(), 'wide')
    const count = 2 * segmentRowCountMax + 500
    const { status, segIDAssignments } = await data().assignSegmentID(
      ask.assign({ count, collectionID }),
    )
    expect(status).toEqual(ok)
    expect(segIDAssignments.map((item) => item.count)).toEqual([1_000, 1_000, 500])
    expect(new Set(segIDAssignments.map(({ segID }) => segID)).size).toBe(3)
    expect(segIDAssignments.every((item) => item.expireTime > 0n)).toBe(true)
  })

  it('answers each item for itself', async () => {
    const collectionID = await ask.makeCollection(subject(), 'several')
    const { status, segIDAssignments } = await data().assignSegmentID(
      ask.assign(
        { collectionID },
        { collectionID: 1n },
        { collectionID, partitionID: 1n },
        { collectionID, channelName: 'nowhere' },
        { collectionID, count: 0 },
        { collectionID },
      ),
    )
    expect(status).toEqual(ok)
    expect(segIDAssignments.map((item) => item.status?.errorCode)).toEqual([
      ErrorCode.SUCCESS,
      ErrorCode.COLLECTION_NOT_EXISTS,
      ErrorCode.UNEXPECTED_ERROR,
      ErrorCode.META_FAILED,
      ErrorCode.ILLEGAL_ARGUMENT,
      ErrorCode.SUCCESS,
    ])
  })

  it('takes rows that were promised a place, and no more than were', async () => {
    const collectionID = await ask.makeCollection(subject(), 'promised')
    const assigned = await data().assignSegmentID(ask.assign({ collectionID, count: 3 }))
    const segID = assigned.segIDAssignments[0]?.segID ?? 0n
    const { insertChannel } = subject()
    const taken = await insertChannel.append(ask.append(segID, collectionID, [1, 2]))
    expect(taken.status).toEqual(ok)
    expect(taken.rowIDs).toHaveLength(2)
    const refused = await insertChannel.append(ask.append(segID, collectionID, [3, 4]))
    expect(refused.status?.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
    const { count } = await data().getCount({ base, dbID: 0n, collectionID })
    expect(count).toBe(2n)
  })

  it('T5: refuses rows whose promise has expired, and promises their place again', async () => {
    const collectionID = await ask.makeCollection(subject(), 'late')
    const all = ask.assign({ collectionID, count: segmentRowCountMax })
    const [first] = (await data().assignSegmentID(all)).segIDAssignments
    await tickPast(subject(), first?.expireTime ?? 0n)
    const segID = first?.segID ?? 0n
    const refused = await subject().insertChannel.append(ask.append(segID, collectionID, [1]))
    expect(refused.status?.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
    const [second] = (await data().assignSegmentID(all)).segIDAssignments
    expect(second?.segID).toBe(segID)
  })

  it('T6, T7: flushes no segment while a promise is open, and drops one that stayed empty', async () => {
    const collectionID = await ask.makeCollection(subject(), 'empty')
    const { segIDAssignments } = await data().assignSegmentID(ask.assign({ collectionID }))
    const [item] = segIDAssignments
    const segmentIDs = [item?.segID ?? 0n]
    const { flushTs } = await data().flush({ base, dbID: 0n, collectionID, segmentIDs: [] })
    const before = await data().getSegmentStates({ base, segmentIDs, SegmentID: 0n })
    expect(before.states[0]?.state).toBe(SegmentState.SEALED)
    await subject().settled()
    const { states } = await data().getSegmentStates({ base, segmentIDs, SegmentID: 0n })
    expect(states[0]?.state).toBe(SegmentState.DROPPED)
    const { timestamp } = await subject().master.allocTimestamp({ base, count: 1 })
    expect(timestamp).toBeGreaterThan(item?.expireTime ?? 0n)
    const flushed = await data().getFlushState({ base, segmentIDs, flushTs, collectionID })
    expect(flushed).toEqual({ status: ok, flushed: true })
  })
}

function describeSegments(subject: () => Subject): void {
  const data = () => subject().dataService

  it('tells of a segment from its first row to its files', async () => {
    const collectionID = await ask.makeCollection(subject(), 'life')
    await subject().insertChannel.insert(ask.insert('life', 0, 10))
    const { segmentIDs } = await data().showSegments({
      base,
      collectionID,
      partitionID: 0n,
      dbID: 0n,
    })
    const states = () => data().getSegmentStates({ base, segmentIDs, SegmentID: 0n })
    expect((await states()).states[0]?.state).toBe(SegmentState.GROWING)
    expect(await ask.flush(subject(), collectionID)).toEqual(segmentIDs)
    const [state] = (await states()).states
    expect(state?.state).toBe(SegmentState.FLUSHED)
    expect(state?.createTime).toBeLessThan(state?.sealedTime ?? 0n)
    expect(state?.sealedTime).toBeLessThan(state?.flushedTime ?? 0n)
    const { infos } = await data().getSegmentInfo({ base, segmentIDs })
    expect(infos[0]).toMatchObject({ numRows: 10n, maxRowNum: BigInt(segmentRowCountMax) })
    const [segmentID = 0n] = segmentIDs
    const paths = await data().getInsertBinlogPaths({ base, segmentID })
    expect(paths.fieldIDs).toEqual([0n, 1n, 100n, 101n])
    const stats = await data().getSegmentStats({ base, segmentID })
    expect(stats.stats?.NumRows).toBe(10n)
    const recovery = await data().getRecoveryInfo({ base, collectionID, partitionID: 0n })
    expect(recovery.channels[0]?.flushedSegmentIDs).toEqual(segmentIDs)
    expect(recovery.binlogs[0]).toMatchObject({ segmentID, numOfRows: 10n })
  })

  it('knows nothing of a segment that never was', async () => {
    const segmentIDs = [7n]
    const { status, states } = await data().getSegmentStates({ base, segmentIDs, SegmentID: 0n })
    expect(status).toEqual(ok)
    expect(states[0]).toMatchObject({ segmentID: 7n, state: SegmentState.NOT_EXIST, status: ok })
    const one = await data().getSegmentStates({ base, segmentIDs: [], SegmentID: 8n })
    expect(one.states[0]?.segmentID).toBe(8n)
    for (const { status: refused } of [
      await data().getSegmentInfo({ base, segmentIDs }),
      await data().getSegmentStats({ base, segmentID: 7n }),
      await data().getInsertBinlogPaths({ base, segmentID: 7n }),
    ]) {
      expect(refused?.reason).toContain('segment not found[segment=7]')
    }
    const shown = await data().showSegments({ base, collectionID: 7n, partitionID: 0n, dbID: 0n })
    expect(shown).toEqual({ status: ok, segmentIDs: [] })
  })

  it('refuses to flush what is not there', async () => {
    const collectionID = await ask.makeCollection(subject(), 'unflushed')
    const none = await data().flush({ base, dbID: 0n, collectionID: 7n, segmentIDs: [] })
    expect(none.status?.errorCode).toBe(ErrorCode.COLLECTION_NOT_EXISTS)
    const stray = await data().flush({ base, dbID: 0n, collectionID, segmentIDs: [7n] })
    expect(stray.status?.reason).toContain('segment not found')
    const elsewhere = await data().flush({ base, dbID: 99n, collectionID, segmentIDs: [] })
    expect(elsewhere.status?.errorCode).not.toBe(ErrorCode.SUCCESS)
  })
}

function describeStatistics(subject: () => Subject): void {
  it('T18: counts the rows of a collection and of each partition', async () => {
    const { master, dataService, insertChannel } = subject()
    const collectionID = await ask.makeCollection(subject(), 'counted')
    await master.createPartition(ask.partition('counted', 'p'))
    await insertChannel.insert(ask.insert('counted', 0, 7))
    await ask.flush(subject(), collectionID)
    await insertChannel.insert(ask.insert('counted', 7, 5, 'p'))
    const target = { ...ask.collection('counted'), dbID: 0n }
    const { stats } = await dataService.getCollectionStatistics(target)
    expect(stats).toEqual([{ key: 'row_count', value: '12' }])
    const part = { ...target, partitionName: 'p', partitionID: 0n }
    const ofPartition = await dataService.getPartitionStatistics(part)
    expect(ofPartition.stats).toEqual([{ key: 'row_count', value: '5' }])
    const missing = await dataService.getPartitionStatistics({ ...part, partitionName: 'missing' })
    expect(missing.status?.errorCode).not.toBe(ErrorCode.SUCCESS)
  })

  it('refuses rows that are none', async () => {
    const { insertChannel } = subject()
    await ask.makeCollection(subject(), 'strict')
    const request = ask.insert('strict', 0, 1)
    const refusals = [
      { ...request, rowData: [] },
      { ...request, rowData: [{ value: new Uint8Array(3) }] },
      { ...request, hashKeys: [1, 2] },
      { ...request, collectionName: 'missing' },
      { ...request, partitionName: 'missing' },
      { ...request, rowData: [{ value: ask.blob(1n, Float32Array.of(Number.NaN, 0, 0, 0)) }] },
    ]
    for (const refused of refusals) {
      const { status, rowIDs } = await insertChannel.insert(refused)
      expect(status?.errorCode).not.toBe(ErrorCode.SUCCESS)
      expect(rowIDs).toEqual([])
    }
  })
}

function describeReports(subject: () => Subject): void {
  it('takes a report again, and none from who was not asked', async () => {
    const { dataService, insertChannel } = subject()
    const collectionID = await ask.makeCollection(subject(), 'reported')
    await insertChannel.insert(ask.insert('reported', 0, 4))
    const [segmentID = 0n] = await ask.flush(subject(), collectionID)
    const { binlogs } = await dataService.getRecoveryInfo({ base, collectionID, partitionID: 0n })
    const report = {
      base,
      segmentID,
      collectionID,
      partitionID: 0n,
      field2BinlogPaths: binlogs[0]?.fieldBinlogs ?? [],
      statslogs: binlogs[0]?.statslogs ?? [],
      deltalogs: [],
      checkPoints: [],
      flushed: true,
      dropped: false,
      channel: '',
      nodeID: 0n,
    }
    expect(await dataService.saveBinlogPaths(report)).toEqual(ok)
    await insertChannel.insert(ask.insert('reported', 4, 4))
    const { segmentIDs } = await dataService.showSegments({
      base,
      collectionID,
      partitionID: 0n,
      dbID: 0n,
    })
    const growing = segmentIDs.find((id) => id !== segmentID) ?? 0n
    const stranger = await dataService.saveBinlogPaths({ ...report, segmentID: growing })
    expect(stranger.errorCode).toBe(ErrorCode.META_FAILED)
    const misplaced = await dataService.saveBinlogPaths({ ...report, collectionID: 7n })
    expect(misplaced.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
  })

  it('refuses a node without an address', async () => {
    const node = { base, address: undefined, Address: '', Port: 0n }
    const { status } = await subject().dataService.registerNode(node)
    expect(status?.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
  })
}

function describeChannels(subject: () => Subject): void {
  const anything = { base, dbID: 0n, collectionID: 0n }

  it('names its channels, and its state', async () => {
    const { dataService } = subject()
    const { values } = await dataService.getInsertChannels(anything)
    expect(values).toEqual(['by-dev-dml_0', 'by-dev-dml_1'])
    const unknown = await dataService.getInsertChannels({ ...anything, collectionID: 7n })
    expect(unknown.status?.errorCode).toBe(ErrorCode.COLLECTION_NOT_EXISTS)
    const { state } = await dataService.getComponentStates({})
    expect(state?.stateCode).toBe(StateCode.HEALTHY)
  })

  it('shows the rows of a shard on its channel, in order, from any position', async () => {
    const { dataService, insertChannel } = subject()
    const collectionID = await ask.makeCollection(subject(), 'streamed')
    const { values } = await dataService.getInsertChannels({ ...anything, collectionID })
    const [name = ''] = values
    for (const first of [0, 2, 4]) await insertChannel.insert(ask.insert('streamed', first, 2))
    const messages = await held(subject(), name)
    const inserts = messages.flatMap(({ body }) => (body.type === MsgType.INSERT ? body : []))
    expect(inserts.map(({ message }) => keysOf(message.columns[0]?.values))).toEqual([
      [0n, 1n],
      [2n, 3n],
      [4n, 5n],
    ])
    expect(inserts[0]?.message).toMatchObject({ collectionName: 'streamed', numRows: 2n })
    const position = messages[1]?.position ?? 0n
    const again = await held(subject(), name, { kind: 'position', position })
    expect(again).toEqual(messages.slice(1))
  })

  it('says by a tick that nothing earlier is to come', async () => {
    const { dataService, insertChannel } = subject()
    const collectionID = await ask.makeCollection(subject(), 'ticking')
    const { values } = await dataService.getInsertChannels({ ...anything, collectionID })
    const inserting = (async () => {
      for (let first = 0; first < 40; first += 1) {
        await insertChannel.insert(ask.insert('ticking', first, 1))
      }
    })()
    let insertCount = 0
    const messages = await followUntil(subject(), values[0] ?? '', (message) => {
      if (message.body.type === MsgType.INSERT) insertCount += 1
      return insertCount === 40 && isTick(message)
    })
    await inserting
    let tick = 0n
    for (const message of messages) {
      expect(message.timestamp).toBeGreaterThan(tick)
      if (isTick(message)) tick = message.timestamp
    }
  })

  it('tells of new segments, of their growth and of their flush', async () => {
    const { dataService, insertChannel } = subject()
    const collectionID = await ask.makeCollection(subject(), 'news')
    await insertChannel.insert(ask.insert('news', 0, 6))
    const [segmentID] = await ask.flush(subject(), collectionID)
    const { value: infoName } = await dataService.getSegmentInfoChannel(anything)
    const about = (await held(subject(), infoName)).flatMap(({ body }) => {
      if (body.type === MsgType.SEGMENT_INFO && body.message.segment?.segmentID === segmentID) {
        return 'opened'
      }
      const isMine =
        body.type === MsgType.SEGMENT_FLUSH_DONE && body.message.segmentID === segmentID
      return isMine ? 'flushed' : []
    })
    expect(about).toEqual(['opened', 'flushed'])
    const { value: statisticsName } = await dataService.getStatisticsChannel({})
    const grown = await followUntil(
      subject(),
      statisticsName,
      ({ body }) =>
        body.type === MsgType.SEGMENT_STATISTICS &&
        body.message.SegStats.some(({ SegmentID }) => SegmentID === segmentID),
    )
    expect(grown.length).toBeGreaterThan(0)
  })

  it('refuses to follow what is no channel, and from where none was', async () => {
    await expect(held(subject(), 'nowhere')).rejects.toThrow('There is no channel nowhere')
    const start = { kind: 'position', position: 2n ** 62n } as const
    await expect(held(subject(), 'data-definition', start)).rejects.toThrow('Cannot read position')
  })
}

function keysOf(bytes: Uint8Array | undefined): readonly bigint[] {
  return [...new BigInt64Array(Uint8Array.from(bytes ?? []).buffer)]
}

/** Resolves when the data service's clock has gone past a time. */
async function tickPast(subject: Subject, timestamp: bigint): Promise<void> {
  const { value } = await subject.dataService.getTimeTickChannel({})
  let passedCount = 0
  await followUntil(subject, value, (message) => {
    if (message.timestamp > timestamp) passedCount += 1
    // Some ticks later, the promises that it ends have been taken back too.
    return passedCount > 3
  })
}
