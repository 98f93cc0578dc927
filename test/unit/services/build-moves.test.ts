import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import type { BuildRecord, UnissuedBuildRecord } from '../../../src/meta/records.ts'
import {
  assertBuildMove,
  begin,
  endAttempt,
  erase,
  finish,
  isSameAttempt,
} from '../../../src/services/index/build-moves.ts'

const bounds = { attemptCountMax: 3, lossCountMax: 5 }
const planned: UnissuedBuildRecord = {
  id: toId<BuildRecord['id']>(7n),
  collectionId: toId<BuildRecord['collectionId']>(1n),
  partitionId: toId<BuildRecord['partitionId']>(2n),
  segmentId: toId<BuildRecord['segmentId']>(3n),
  indexId: toId<BuildRecord['indexId']>(5n),
  state: 'unissued',
  rowCount: 1,
  version: 0,
  failedCount: 0,
  lostCount: 0,
  failReason: '',
}

describe('a build', () => {
  it('counts every attempt, and its own failures apart from those of machines', () => {
    const first = begin(planned)
    const lost = endAttempt(first, { kind: 'lost', reason: 'gone' }, bounds)
    expect(lost).toMatchObject({ state: 'unissued', version: 1, failedCount: 0, lostCount: 1 })
    const failed = endAttempt(asRunning(lost), { kind: 'failed', reason: 'bad' }, bounds)
    expect(failed).toMatchObject({ state: 'unissued', version: 2, failedCount: 1, lostCount: 1 })
  })

  it('is given up after its own failures', () => {
    expect(attemptsUntilFailed('failed')).toBe(bounds.attemptCountMax)
  })

  it('is given up after more losses than that, but not never', () => {
    expect(attemptsUntilFailed('lost')).toBe(bounds.lossCountMax)
  })

  it('takes a result from the attempt that is current, and from no other', () => {
    const attempt = begin(planned)
    expect(isSameAttempt(attempt, attempt)).toBe(true)
    const again = begin({ ...planned, version: attempt.version })
    expect(isSameAttempt(again, attempt)).toBe(false)
    expect(isSameAttempt(finish(attempt, []), attempt)).toBe(false)
    expect(isSameAttempt(undefined, attempt)).toBe(false)
  })

  it('stays deleted, and never has an earlier attempt', () => {
    const deleted = erase(finish(begin(planned), []), toId<Timestamp>(9n))
    expect(deleted).not.toHaveProperty('files')
    expect(() => assertBuildMove(deleted, planned)).toThrow('stays deleted')
    expect(() => assertBuildMove(begin(planned), planned)).toThrow('no earlier attempt')
  })
})

function attemptsUntilFailed(kind: 'failed' | 'lost'): number {
  let build: BuildRecord = planned
  while (build.state === 'unissued') {
    build = endAttempt(begin(build), { kind, reason: 'why' }, bounds)
  }
  expect(build).toMatchObject({ state: 'failed', failReason: 'why' })
  return build.version
}

function asRunning(build: BuildRecord) {
  if (build.state !== 'unissued') throw new Error(`it is ${build.state}`)
  return begin(build)
}
