import { describe, expect, it } from 'vitest'
import type { SealPolicy } from '../../../src/services/data/seal-policy.ts'
import { SegmentState } from '../../../src/services/seed/data-messages.ts'
import { settingsDefault } from '../../../src/services/settings.ts'
import * as ask from './requests.ts'
import { openLocal, type Subject } from './subject.ts'

const { base } = ask

/** Never by itself: each test sets the bound that it is about. */
function withBounds(bounds: Partial<SealPolicy>) {
  return openLocal({ seal: { ...settingsDefault.seal, ...bounds } })
}

describe('segments', () => {
  it('are sealed at their most rows, and promise no more', async () => {
    await using subject = await withBounds({ segmentRowCountMax: 100 })
    const collectionID = await ask.makeCollection(subject, 'many')
    for (let first = 0; first < 250; first += 50) {
      await subject.insertChannel.insert(ask.insert('many', first, 50))
    }
    await subject.settled()
    expect(await rowsByState(subject, collectionID)).toEqual({ FLUSHED: [100, 100], GROWING: [50] })
    const { segIDAssignments } = await subject.dataService.assignSegmentID(
      ask.assign({ collectionID, count: 120 }),
    )
    expect(segIDAssignments.map(({ count }) => count)).toEqual([50, 70])
  })

  it('take a batch of more rows than that whole, and are sealed with it', async () => {
    await using subject = await withBounds({ segmentRowCountMax: 100 })
    const collectionID = await ask.makeCollection(subject, 'batch')
    await subject.insertChannel.insert(ask.insert('batch', 0, 300))
    await subject.insertChannel.insert(ask.insert('batch', 300, 1))
    await subject.settled()
    expect(await rowsByState(subject, collectionID)).toEqual({ FLUSHED: [300], GROWING: [1] })
  })

  it('are sealed when their channel has too many', async () => {
    await using subject = await withBounds({ openSegmentCountMax: 2 })
    const collectionID = await ask.makeCollection(subject, 'wide')
    for (const name of ['p', 'q', 'r', 's']) {
      await subject.master.createPartition(ask.partition('wide', name))
      await subject.insertChannel.insert(ask.insert('wide', 0, 3, name))
    }
    await subject.settled()
    expect(await rowsByState(subject, collectionID)).toEqual({ FLUSHED: [3, 3], GROWING: [3, 3] })
  })

  it('are sealed at their age', async () => {
    await using subject = await withBounds({ lifetimeMs: 0 })
    const collectionID = await ask.makeCollection(subject, 'old')
    await subject.insertChannel.insert(ask.insert('old', 0, 3))
    await subject.master.createPartition(ask.partition('old', 'wakes'))
    await subject.settled()
    expect(await rowsByState(subject, collectionID)).toEqual({ FLUSHED: [3] })
  })

  it('wait for promised rows only while the server runs', async () => {
    const subject = await withBounds({ segmentRowCountMax: 100 })
    const collectionID = await ask.makeCollection(subject, 'promised')
    await subject.dataService.assignSegmentID(ask.assign({ collectionID, count: 150 }))
    await subject.dataService.flush({ base, dbID: 0n, collectionID, segmentIDs: [] })
    await expect(subject[Symbol.asyncDispose]()).resolves.toBeUndefined()
  })

  it('are dropped with their partition', async () => {
    await using subject = await withBounds({})
    const collectionID = await ask.makeCollection(subject, 'parted')
    await subject.master.createPartition(ask.partition('parted', 'p'))
    await subject.insertChannel.insert(ask.insert('parted', 0, 3, 'p'))
    await subject.master.dropPartition(ask.partition('parted', 'p'))
    await subject.settled()
    expect(Object.keys(await rowsByState(subject, collectionID))).toEqual(['DROPPED'])
  })
})

const stateNames = Object.entries(SegmentState)

/** The row counts of a collection's segments, those in each state in the order of their ids. */
async function rowsByState(
  { dataService }: Subject,
  collectionID: bigint,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const place = { base, collectionID, partitionID: 0n, dbID: 0n }
  const { segmentIDs } = await dataService.showSegments(place)
  const { infos } = await dataService.getSegmentInfo({ base, segmentIDs })
  const found: Record<string, number[]> = {}
  for (const { state, numRows } of infos) {
    const name = stateNames.find(([, code]) => code === state)?.[0] ?? 'unknown'
    found[name] = [...(found[name] ?? []), Number(numRows)]
  }
  return found
}
