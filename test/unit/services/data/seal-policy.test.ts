import { describe, expect, it } from 'vitest'
import type { CollectionId, PartitionId, RowId, SegmentId } from '../../../../src/base/int64.ts'
import { toId } from '../../../../src/base/int64.ts'
import { limits } from '../../../../src/base/limits.ts'
import type { Timestamp } from '../../../../src/base/timestamp.ts'
import type { CollectionSchema, FieldSchema } from '../../../../src/schema/collection-schema.ts'
import {
  type GrowingEntry,
  GrowingSegments,
} from '../../../../src/services/data/growing-segments.ts'
import { type SealPolicy, segmentsToSeal } from '../../../../src/services/data/seal-policy.ts'
import { settingsDefault } from '../../../../src/services/settings.ts'

const nowMs = 1_000_000
const key: FieldSchema = {
  id: toId<FieldSchema['id']>(100n),
  name: 'key',
  description: '',
  typeParams: [],
  indexParams: [],
  type: 'Int64',
}
const schema: CollectionSchema = {
  name: 'birds',
  description: '',
  fields: [key],
  primaryKey: { fieldId: key.id, type: 'Int64', isAutoId: false },
  hasDynamicField: false,
  properties: [],
}
/** Bounds that nothing here comes to: each test sets the one that it is about. */
const policy: SealPolicy = {
  ...settingsDefault.seal,
  segmentSizeBytesMax: 1_000_000,
  segmentRowCountMax: 1_000,
  openSegmentCountMax: 100,
  lifetimeMs: 100_000,
  idleMs: 10_000,
  idleSizeBytesMin: 1_000_000,
}

describe('a segment is sealed', () => {
  it('never while it is within every bound', () => {
    expect(due([entry(1n, { rowCount: 10 }), entry(2n)])).toEqual([])
  })

  it('at its most rows', () => {
    const entries = [entry(1n, { rowCount: 19 }), entry(2n, { rowCount: 20 })]
    expect(due(entries, { segmentRowCountMax: 20 })).toEqual([2n])
  })

  it('at its most bytes', () => {
    const large = entry(1n, { rowCount: 20 })
    const { sizeBytes } = large.segment
    expect(due([large, entry(2n, { rowCount: 19 })], { segmentSizeBytesMax: sizeBytes })).toEqual([
      1n,
    ])
  })

  it('at its age, whatever it holds', () => {
    const entries = [entry(1n, { openedAtMs: nowMs - 500 }), entry(2n, { openedAtMs: nowMs - 499 })]
    expect(due(entries, { lifetimeMs: 500 })).toEqual([1n])
  })

  it('when nothing comes any more, if it is worth a file', () => {
    const idle = { lastWriteAtMs: nowMs - 500 }
    const entries = [
      entry(1n, { rowCount: 50, ...idle }),
      entry(2n, { rowCount: 1, ...idle }),
      entry(3n, { rowCount: 50, lastWriteAtMs: nowMs - 499 }),
    ]
    expect(due(entries, { idleMs: 500, idleSizeBytesMin: 100 })).toEqual([1n])
  })

  it('when its channel has too many, those first that were written to the longest ago', () => {
    const at = (ago: number, channelName: string) => ({ lastWriteAtMs: nowMs - ago, channelName })
    const entries = [
      entry(1n, at(30, 'one')),
      entry(2n, at(10, 'one')),
      entry(3n, at(20, 'one')),
      entry(4n, at(40, 'other')),
    ]
    expect(due(entries, { openSegmentCountMax: 2 })).toEqual([1n])
    expect(due(entries, { openSegmentCountMax: 1 })).toEqual([3n, 1n])
  })

  it('when memory is short, the largest first and no more than that takes', () => {
    const entries = [
      entry(1n, { rowCount: 100 }),
      entry(2n, { rowCount: 500 }),
      entry(3n, { rowCount: 50 }),
      entry(4n),
    ]
    const memoryBytes = entries.reduce((sum, { segment }) => sum + segment.memoryBytes, 0)
    expect(due(entries, { growingMemoryBytesHigh: memoryBytes })).toEqual([])
    expect(due(entries, { growingMemoryBytesHigh: memoryBytes - 1 })).toEqual([2n])
    expect(due(entries, { growingMemoryBytesHigh: 0 })).toEqual([2n, 1n, 3n])
  })

  it('once, for however many reasons', () => {
    expect(due([entry(1n, { rowCount: 5 })], { lifetimeMs: 0, growingMemoryBytesHigh: 0 })).toEqual(
      [1n],
    )
  })
})

describe('the bounds of segments', () => {
  it('are limits unless they are configured', () => {
    const { seal } = settingsDefault
    expect(seal.segmentSizeBytesMax).toBe(limits.segmentSizeBytesMax)
    expect(seal.segmentRowCountMax).toBe(limits.segmentRowCountMax)
    expect(seal.openSegmentCountMax).toBe(limits.openSegmentCountMax)
  })
})

function due(entries: readonly GrowingEntry[], bounds: Partial<SealPolicy> = {}) {
  return segmentsToSeal(entries, { ...policy, ...bounds }, nowMs)
}

function entry(
  id: bigint,
  facts: {
    readonly rowCount?: number
    readonly openedAtMs?: number
    readonly lastWriteAtMs?: number
    readonly channelName?: string
  } = {},
): GrowingEntry {
  const growing = new GrowingSegments(policy)
  const segmentId = toId<SegmentId>(id)
  const partitionId = toId<PartitionId>(2n)
  const opened = growing.open({
    id: segmentId,
    schema,
    collectionId: toId<CollectionId>(1n),
    partitionId,
    shardIndex: 0,
    channelName: facts.channelName ?? 'channel',
    nowMs: facts.openedAtMs ?? nowMs,
  })
  const rowCount = facts.rowCount ?? 0
  if (rowCount > 0) {
    const values = BigInt64Array.from({ length: rowCount }, (_, row) => BigInt(row))
    const columns = new Map([[key.id, { type: 'Int64' as const, values }]])
    const batch = { rowCount, columns }
    const part = { segmentId, partitionId, shardIndex: 0, rowIdFirst: toId<RowId>(0n), batch }
    growing.append(part, toId<Timestamp>(1n), nowMs)
  }
  opened.lastWriteAtMs = facts.lastWriteAtMs ?? nowMs
  return opened
}
