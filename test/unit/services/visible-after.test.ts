import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import { composeTimestamp, type Timestamp, timestampZero } from '../../../src/base/timestamp.ts'
import { visibleAfter } from '../../../src/services/visible-after.ts'
import { schemaOf } from '../segment/sample.ts'

const readAt = composeTimestamp(1_000_000, 7)

function collectionWith(ttlSeconds: string | undefined, truncatedAt: Timestamp = timestampZero) {
  const properties =
    ttlSeconds === undefined ? [] : [{ key: 'collection.ttl.seconds', value: ttlSeconds }]
  return { schema: { ...schemaOf('Int64'), properties }, truncatedAt }
}

describe('the lower bound of a read', () => {
  it.each([undefined, '-1', '0'])('is zero for a time to live of %s', (ttl) => {
    expect(visibleAfter(collectionWith(ttl), readAt)).toBe(0n)
  })

  it('leaves out rows whose milliseconds are the time to live ago, whatever their counter', () => {
    const bound = visibleAfter(collectionWith('100'), readAt)
    expect(composeTimestamp(900_000, 2 ** 18 - 1) <= bound).toBe(true)
    expect(composeTimestamp(900_001, 0) > bound).toBe(true)
  })

  it('is zero while nothing can be so old', () => {
    expect(visibleAfter(collectionWith('2000'), readAt)).toBe(0n)
  })

  it('is where the collection was truncated, when that is later', () => {
    const truncatedAt = composeTimestamp(950_000, 3)
    expect(visibleAfter(collectionWith(undefined, truncatedAt), readAt)).toBe(truncatedAt)
    expect(visibleAfter(collectionWith('100', truncatedAt), readAt)).toBe(truncatedAt)
    const later = toId<Timestamp>(truncatedAt + (100_000n << 18n))
    expect(visibleAfter(collectionWith('100', truncatedAt), later)).toBeGreaterThan(truncatedAt)
  })
})
