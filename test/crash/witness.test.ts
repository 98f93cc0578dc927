import { describe, expect, it } from 'vitest'
import type { CrashEvent, CrashRequest } from './events.ts'
import { Witness } from './witness.ts'

describe('a witness', () => {
  it('has nothing to say where every promise was kept', () => {
    expect(violations(...settled, found([1, 2, 3]))).toEqual([])
  })

  it.each([
    ['lost keys', found([1, 2]), 'are lost'],
    ['a lost collection', { kind: 'found', collections: [] } as const, 'collection c is lost'],
    ['keys that are there twice', found([1, 2, 3, 3]), 'twice'],
    ['keys that nobody inserted', found([1, 2, 3, 9]), 'never inserted'],
    ['a collection that is not loaded any more', found([1, 2, 3], false), 'not loaded'],
  ])('sees %s', (_, after, expected) => {
    expect(violations(...settled, after).join()).toContain(expected)
  })

  it('sees deleted keys that are back', () => {
    const deletion = asked(9, { kind: 'delete', collection: 'c', keys: [2] })
    expect(violations(...settled, deletion, done(9), found([1, 3]))).toEqual([])
    const after = violations(...settled, deletion, done(9), found([1, 2, 3]))
    expect(after.join()).toContain('are back')
  })

  it('sees a dropped collection that is back', () => {
    const drop = asked(9, { kind: 'drop', collection: 'c' })
    const after = violations(...settled, drop, done(9), found([1, 2, 3]))
    expect(after.join()).toContain('collection c is back')
  })

  it('lets a request that was under way be done or not, but not torn', () => {
    const insertion = asked(9, { kind: 'insert', collection: 'c', keys: [7, 8] })
    expect(violations(...settled, insertion, found([1, 2, 3]))).toEqual([])
    expect(violations(...settled, insertion, found([1, 2, 3, 7, 8]))).toEqual([])
    expect(violations(...settled, insertion, found([1, 2, 3, 7])).join()).toContain('torn')
  })

  it('holds on to what was found once', () => {
    const insertion = asked(9, { kind: 'insert', collection: 'c', keys: [7] })
    const after = violations(...settled, insertion, found([1, 2, 3, 7]), found([1, 2, 3]))
    expect(after.join()).toContain('are lost')
    const back = violations(...settled, insertion, found([1, 2, 3]), found([1, 2, 3, 7]))
    expect(back.join()).toContain('are back')
  })

  it('sees a request that failed', () => {
    const failing = asked(9, { kind: 'flush', collection: 'c' })
    const after = violations(...settled, failing, { kind: 'failed', id: 9, reason: 'because' })
    expect(after.join()).toContain('because')
  })
})

const settled: readonly CrashEvent[] = [
  asked(0, { kind: 'create', collection: 'c' }),
  done(0),
  asked(1, { kind: 'load', collection: 'c' }),
  done(1),
  asked(2, { kind: 'insert', collection: 'c', keys: [1, 2, 3] }),
  done(2),
]

function violations(...events: readonly CrashEvent[]): readonly string[] {
  const witness = new Witness()
  for (const event of events) witness.tell(event)
  return witness.violations
}

function asked(id: number, request: CrashRequest): CrashEvent {
  return { kind: 'asked', id, request }
}

function done(id: number): CrashEvent {
  return { kind: 'acknowledged', id }
}

function found(keys: readonly number[], isLoaded = true): CrashEvent {
  return { kind: 'found', collections: [{ name: 'c', isLoaded, keys, faults: [] }] }
}
