import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { open } from '../../../src/open.ts'
import { SegmentState } from '../../../src/services/seed/data-messages.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import * as ask from './requests.ts'
import type { Subject } from './subject.ts'

const { base } = ask

/** The protocol and the database behind it, on a folder that may be looked into. */
async function openBoth(path: string) {
  const database = await open({ data: path })
  const subject: Subject = {
    ...database.protocol,
    settled: () => database.settled(),
    [Symbol.asyncDispose]: () => database.close(),
  }
  return { database, subject }
}

describe('a coordinator', () => {
  it('T13: leaves nothing of a collection that is dropped while it is written and flushed', async () => {
    await using folder = await temporaryFolder()
    const { database, subject } = await openBoth(folder.path)
    const { master, dataService, insertChannel } = subject
    const collectionID = await ask.makeCollection(subject, 'brief')
    const writing = Array.from({ length: 20 }, (_, batch) =>
      insertChannel.insert(ask.insert('brief', batch * 100, 100)),
    )
    await writing[3]
    const flushing = dataService.flush({ base, dbID: 0n, collectionID, segmentIDs: [] })
    await master.dropCollection(ask.collection('brief'))
    const again = await ask.makeCollection(subject, 'brief')
    expect(again).not.toBe(collectionID)
    await Promise.all([...writing, flushing])
    await database.settled()
    const shown = await dataService.showSegments({ base, collectionID, partitionID: 0n, dbID: 0n })
    expect(shown.segmentIDs).toEqual([])
    const found = await readdir(join(folder.path, 'objects'), {
      recursive: true,
      withFileTypes: true,
    })
    const objects = found.filter((entry) => entry.isFile()).map((entry) => entry.parentPath)
    expect(objects.filter((path) => path.includes(String(collectionID)))).toEqual([])
    await database.close()
  })

  it('T19: is flushed only when the deletes of before are in files too', async () => {
    await using folder = await temporaryFolder()
    const { database, subject } = await openBoth(folder.path)
    const collectionID = await ask.makeCollection(subject, 'erased')
    await subject.insertChannel.insert(ask.insert('erased', 0, 10))
    const segmentIDs = [...(await ask.flush(subject, collectionID))]
    const target = { databaseName: '', collectionName: 'erased', partitionName: '' }
    await database.proxy.delete({ ...target, filter: 'id in [1, 2]' })
    const { timestamp: flushTs } = await subject.master.allocTimestamp({ base, count: 1 })
    const state = { base, segmentIDs, flushTs, collectionID }
    expect((await subject.dataService.getFlushState(state)).flushed).toBe(false)
    await ask.flush(subject, collectionID)
    expect((await subject.dataService.getFlushState(state)).flushed).toBe(true)
    await database.close()
  })

  it('T9: indexes what was flushed by a process that told nobody', async () => {
    await using folder = await temporaryFolder()
    const before = await openBoth(folder.path)
    const collectionID = await ask.makeCollection(before.subject, 'silent')
    const flat = { index_type: 'FLAT', metric_type: 'L2' }
    await before.subject.master.createIndex(ask.createIndex('silent', flat))
    await before.subject.insertChannel.insert(ask.insert('silent', 0, 10))
    const { dataService } = before.subject
    await dataService.flush({ base, dbID: 0n, collectionID, segmentIDs: [] })
    await before.database.close()
    const { database, subject } = await openBoth(folder.path)
    await database.settled()
    const { segmentIDs } = await subject.dataService.showSegments({
      base,
      collectionID,
      partitionID: 0n,
      dbID: 0n,
    })
    const { states } = await subject.dataService.getSegmentStates({
      base,
      segmentIDs,
      SegmentID: 0n,
    })
    expect(states.map(({ state }) => state)).toEqual([SegmentState.FLUSHED])
    const indexes = await database.proxy.describeIndexes({
      databaseName: '',
      collectionName: 'silent',
      fieldName: '',
      indexName: '',
    })
    expect(indexes[0]?.indexedRowCount).toBe(10)
    await database.close()
  })

  it('keeps its partitions, and the history of its catalog, over a restart', async () => {
    await using folder = await temporaryFolder()
    const before = await openBoth(folder.path)
    await ask.makeCollection(before.subject, 'kept')
    await before.subject.master.createPartition(ask.partition('kept', 'p'))
    await before.database.close()
    const { database, subject } = await openBoth(folder.path)
    const { partitionNames } = await subject.master.showPartitions(ask.collection('kept'))
    expect(partitionNames).toEqual(['_default', 'p'])
    const messages: number[] = []
    for await (const { body } of subject.channels.consume('data-definition', { kind: 'first' })) {
      if (messages.push(body.type) === 3) break
    }
    expect(messages).toEqual([100, 200, 200])
    await database.close()
  })
})
