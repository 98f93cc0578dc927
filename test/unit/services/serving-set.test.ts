import { describe, expect, it } from 'vitest'
import type { CollectionId, PartitionId, SegmentId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { ServingSet } from '../../../src/services/query/serving-set.ts'
import { growing, schemaOf } from '../segment/sample.ts'

const collectionId = toId<CollectionId>(1n)
const partition = (id: bigint): PartitionId => toId<PartitionId>(id)
const schema = schemaOf('Int64')

function setOf(...partitionIds: PartitionId[]): ServingSet {
  const set = new ServingSet(collectionId, partitionIds)
  for (const id of [1n, 2n, 3n]) {
    const served = {
      segment: growing(schema),
      partitionId: partition(id),
      indexIds: new Set<never>(),
    }
    set.put(toId<SegmentId>(10n + id), served)
  }
  return set
}

describe('a serving set', () => {
  it('serves every partition, also those to come, when none is named', () => {
    expect(setOf().serves(partition(99n))).toBe(true)
    expect(setOf(partition(1n)).serves(partition(2n))).toBe(false)
  })

  it('is loading again once it is widened, and an earlier round does not end that', async () => {
    const set = setOf(partition(1n))
    const { round } = set
    set.markReady()
    await set.whenReady()
    set.widen([partition(1n), partition(2n)])
    expect(set.isReady).toBe(false)
    expect(set.round).not.toBe(round)
    set.markReady()
    await set.whenReady()
  })

  it('keeps those waiting that waited before it was widened', async () => {
    const set = setOf(partition(1n))
    const waiting = set.whenReady()
    set.widen([])
    set.markReady()
    await expect(waiting).resolves.toBeUndefined()
  })

  it('lets go of what it is narrowed by', () => {
    const set = setOf()
    expect(set.narrow([partition(2n)])).toHaveLength(2)
    expect(set.ids()).toEqual([12n])
    expect(set.partitionIds).toEqual([2n])
  })

  it('rejects who waits for what is released', async () => {
    const set = setOf()
    const waiting = set.whenReady()
    set.close()
    await expect(waiting).rejects.toMatchObject({ code: 'COLLECTION_NOT_LOADED' })
  })
})
