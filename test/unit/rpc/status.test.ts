import { describe, expect, it } from 'vitest'
import { ElanusError, type ErrorCode, errorCodes } from '../../../src/base/errors.ts'
import { statusOf } from '../../../src/rpc/milvus/status.ts'

function pairOf(code: ErrorCode): readonly [number, number] {
  const status = statusOf(new ElanusError(code, 'why'))
  return [status.code, status.errorCode]
}

describe('a status', () => {
  it.each<[ErrorCode, number, number]>([
    ['SERVICE_NOT_READY', 1, 56],
    ['MEMORY_LIMIT_EXCEEDED', 3, 52],
    ['DISK_FULL', 7, 54],
    ['RATE_LIMITED', 8, 49],
    ['UNIMPLEMENTED', 10, 1],
    ['COLLECTION_NOT_FOUND', 100, 4],
    ['COLLECTION_NOT_LOADED', 101, 1],
    ['SCHEMA_MISMATCH', 109, 62],
    ['PARTITION_NOT_FOUND', 200, 15],
    ['SEGMENT_NOT_FOUND', 600, 47],
    ['INDEX_NOT_FOUND', 700, 25],
    ['DATABASE_NOT_FOUND', 800, 1],
    ['INVALID_ARGUMENT', 1100, 5],
    ['CANCELED', 10_000, 1],
    ['TIMEOUT', 10_001, 1],
  ])('has the pair of codes that clients compare: %s', (code, newer, legacy) => {
    expect(pairOf(code)).toEqual([newer, legacy])
  })

  it('is a failure in both languages, whatever the error', () => {
    for (const code of errorCodes) {
      expect(pairOf(code).every((number) => number > 0)).toBe(true)
    }
  })

  it('repeats no more of a long name than one can read', () => {
    const { reason, detail } = statusOf(new ElanusError('INVALID_ARGUMENT', 'x'.repeat(1_000_000)))
    expect(reason.length).toBeLessThan(5000)
    expect(detail.length).toBeLessThan(5000)
  })

  it('says whether the caller is to blame and whether a repeat may help', () => {
    const wrong = statusOf(new ElanusError('INVALID_ARGUMENT', 'why'))
    expect(wrong).toMatchObject({ retriable: false, extraInfo: { is_input_error: 'true' } })
    const busy = statusOf(new ElanusError('SERVICE_NOT_READY', 'why'))
    expect(busy).toMatchObject({ retriable: true, extraInfo: {} })
  })
})
