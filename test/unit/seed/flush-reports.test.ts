import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import { nodeFileSystem } from '../../../src/base/node-file-system.ts'
import type { FlushingSegmentRecord } from '../../../src/meta/records.ts'
import { FlushReports } from '../../../src/services/seed/data/flush-reports.ts'
import type { SaveBinlogPathsRequest } from '../../../src/services/seed/data-messages.ts'
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const nodeID = 9n
const sizeBytes = 10
const segment: FlushingSegmentRecord = {
  id: toId<FlushingSegmentRecord['id']>(3n),
  collectionId: toId<FlushingSegmentRecord['collectionId']>(1n),
  partitionId: toId<FlushingSegmentRecord['partitionId']>(2n),
  virtualChannel: 'by-dev-dml_0_1v0',
  state: 'flushing',
  rowCountMax: 100,
  lastExpireAt: toId<FlushingSegmentRecord['openedAt']>(0n),
  openedAt: toId<FlushingSegmentRecord['openedAt']>(1n),
  sealedAt: toId<FlushingSegmentRecord['openedAt']>(2n),
  startPosition: 0n,
}
const insertPath = 'insert_log/1/2/3/100/40'
const statisticsPath = 'stats_log/1/2/3/100/41'

describe('the report of a flush', () => {
  it('is taken once what it names is there', async () => {
    await using ground = await groundWith([insertPath, statisticsPath])
    const { expected, reports } = ground
    const taking = reports.take(segment, report())
    expect((await expected).binlogs.map(({ path }) => path)).toEqual([insertPath, statisticsPath])
    ground.record()
    await taking
  })

  it('may come again while it is being recorded, and changes nothing', async () => {
    await using ground = await groundWith([insertPath, statisticsPath])
    const { reports } = ground
    const first = reports.take(segment, report())
    await ground.expected
    const second = reports.take(segment, report())
    ground.record()
    await Promise.all([first, second])
    expect(ground.recordedCount()).toBe(1)
    await expect(reports.take(segment, report())).rejects.toMatchObject({
      code: 'CHANNEL_NOT_FOUND',
    })
  })

  it('is refused where an object is missing, or has another size', async () => {
    await using ground = await groundWith([insertPath])
    const { reports } = ground
    const missing = { code: 'OBJECT_NOT_FOUND' }
    await expect(reports.take(segment, report())).rejects.toMatchObject(missing)
    await ground.objects.put(statisticsPath, [new Uint8Array(sizeBytes + 1)])
    await expect(reports.take(segment, report())).rejects.toMatchObject(missing)
  })

  it('is refused from a node that was not asked, and of other rows than the segment has', async () => {
    await using ground = await groundWith([insertPath, statisticsPath])
    const { reports } = ground
    await expect(reports.take(segment, { ...report(), nodeID: 8n })).rejects.toMatchObject({
      code: 'CHANNEL_NOT_FOUND',
    })
    for (const wrong of [
      { ...report(), flushed: false },
      { ...report(), checkPoints: [] },
      { ...report(), field2BinlogPaths: [] },
      { ...report(), statslogs: [] },
      { ...report(), field2BinlogPaths: [fieldBinlog('insert_log/1/2/4/100/40', 40n)] },
      {
        ...report(),
        field2BinlogPaths: [fieldBinlog(insertPath, 40n), fieldBinlog(insertPath, 40n)],
      },
    ]) {
      await expect(reports.take(segment, wrong)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
  })

  it('is not waited for once the node is gone', async () => {
    await using ground = await groundWith([insertPath, statisticsPath])
    ground.gone.abort(new Error('gone'))
    await expect(ground.expected).rejects.toThrow('gone')
    await expect(ground.reports.take(segment, report())).rejects.toMatchObject({
      code: 'CHANNEL_NOT_FOUND',
    })
  })
})

async function groundWith(names: readonly string[]) {
  const folder = await temporaryFolder()
  const objects = await LocalObjectStore.open(folder.path, nodeFileSystem)
  for (const name of names) await objects.put(name, [new Uint8Array(sizeBytes)])
  const reports = new FlushReports(objects)
  const gone = new AbortController()
  const { promise, resolve } = Promise.withResolvers<void>()
  let recordedCount = 0
  const expected = reports.expect(
    {
      segmentId: segment.id,
      nodeID,
      rowCount: 4,
      fieldIds: [toId(100n)],
      recorded: () => {
        recordedCount += 1
        return promise
      },
    },
    gone.signal,
  )
  expected.catch(() => undefined)
  return {
    objects,
    reports,
    gone,
    expected,
    record: resolve,
    recordedCount: () => recordedCount,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

function report(): SaveBinlogPathsRequest {
  return {
    base: undefined,
    segmentID: segment.id,
    collectionID: segment.collectionId,
    partitionID: segment.partitionId,
    field2BinlogPaths: [fieldBinlog(insertPath, 40n)],
    statslogs: [fieldBinlog(statisticsPath, 41n)],
    deltalogs: [],
    checkPoints: [{ segmentID: segment.id, position: undefined, numOfRows: 4n }],
    flushed: true,
    dropped: false,
    channel: '',
    nodeID,
  }
}

function fieldBinlog(path: string, logID: bigint) {
  const binlog = {
    logID,
    path,
    entriesNum: 4n,
    timestampFrom: 1n,
    timestampTo: 2n,
    size: BigInt(sizeBytes),
    crc32c: 0,
  }
  return { fieldID: 100n, binlogs: [binlog] }
}
