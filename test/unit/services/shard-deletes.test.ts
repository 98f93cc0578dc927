import { describe, expect, it } from 'vitest'
import type { PartitionId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import { type ShardDelete, ShardDeletes } from '../../../src/services/data/shard-deletes.ts'

function entry(position: number): ShardDelete {
  return {
    position: BigInt(position),
    timestamp: toId<Timestamp>(BigInt(position)),
    partitionId: toId<PartitionId>(0n),
    primaryKeys: { type: 'Int64', values: BigInt64Array.of(BigInt(position)) },
  }
}

describe('the deletes of a shard', () => {
  it('wait until a file holds them', () => {
    const deletes = new ShardDeletes()
    deletes.add(entry(1))
    deletes.add(entry(2))
    expect(deletes.firstUnwritten).toBe(1n)
    deletes.markWritten(1)
    expect(deletes.unwritten().map(({ position }) => position)).toEqual([2n])
    deletes.markWritten(1)
    expect(deletes.firstUnwritten).toBeUndefined()
    expect(deletes.sizeBytes).toBe(0)
  })

  it('reach a load that began before they were written to a file', () => {
    const deletes = new ShardDeletes()
    deletes.add(entry(1))
    deletes.markWritten(1)
    deletes.add(entry(2))
    using retained = deletes.retain()
    deletes.add(entry(3))
    deletes.markWritten(2)
    deletes.add(entry(4))
    expect(retained.since().map(({ position }) => position)).toEqual([2n, 3n, 4n])
  })

  it('are let go of when the last load has ended', () => {
    const deletes = new ShardDeletes()
    deletes.add(entry(1))
    const one = deletes.retain()
    const other = deletes.retain()
    deletes.markWritten(1)
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    expect(other.since()).toHaveLength(1)
    other[Symbol.dispose]()
    deletes.add(entry(2))
    using later = deletes.retain()
    expect(later.since().map(({ position }) => position)).toEqual([2n])
  })
})
