import { describe, expect, it } from 'vitest'
import { limits } from '../../../../src/base/limits.ts'
import {
  changed,
  checkChange,
  checkCollectionProperties,
  checkSizes,
  ttlSecondsOf,
} from '../../../../src/services/master/properties.ts'
import { messageThrown } from '../../../support/error-code.ts'

const of = (entries: Readonly<Record<string, string>>) =>
  Object.entries(entries).map(([key, value]) => ({ key, value }))

describe('properties', () => {
  it('keep their places when they change, and new ones come last', () => {
    const change = { set: of({ b: '3', c: '4' }), dropKeys: [] }
    expect(changed(of({ b: '1', a: '2' }), change)).toEqual(of({ b: '3', a: '2', c: '4' }))
    expect(changed(of({ b: '1', a: '2' }), { set: [], dropKeys: ['b', 'x'] })).toEqual(
      of({ a: '2' }),
    )
  })

  it('may be named as the members of an object are', () => {
    const change = { set: of({ constructor: '1', toString: '2' }), dropKeys: [] }
    expect(changed([], change)).toEqual(of({ constructor: '1', toString: '2' }))
  })

  it('are set or dropped, not both and not neither', () => {
    const set = of({ a: '1' })
    expect(messageThrown(() => checkChange({ set, dropKeys: ['b'] }))).toBe(
      'cannot provide both DeleteKeys and ExtraParams',
    )
    expect(messageThrown(() => checkChange({ set: [], dropKeys: [] }))).toMatch(/must be given/)
  })

  it('are bounded in number and length, and come once', () => {
    const many = Array.from({ length: limits.propertyCountMax + 1 }, (_, index) => ({
      key: `k${index}`,
      value: '',
    }))
    expect(messageThrown(() => checkSizes(many))).toMatch(/most properties/)
    expect(() => checkSizes(many.slice(1))).not.toThrow()
    const long = 'x'.repeat(limits.propertyLengthMax)
    expect(() => checkSizes(of({ a: long }))).not.toThrow()
    expect(messageThrown(() => checkSizes(of({ a: `${long}x` })))).toMatch(/too long/)
    expect(messageThrown(() => checkSizes(of({ [long]: '' })))).toMatch(/too long/)
    expect(messageThrown(() => checkSizes([...of({ a: '1' }), ...of({ a: '2' })]))).toMatch(
      /duplicated/,
    )
    expect(messageThrown(() => checkSizes(of({ '': '1' })))).toMatch(/empty/)
  })

  it.each(['-1', '0', '1', '3155760000'])('take a time to live of %s seconds', (value) => {
    expect(() => checkCollectionProperties(of({ 'collection.ttl.seconds': value }))).not.toThrow()
  })

  it.each(['', '1.5', '1e3', '-2', '3155760001', '9'.repeat(400), ' 1', '0x10'])(
    'take no time to live of %j',
    (value) => {
      const properties = of({ 'collection.ttl.seconds': value })
      expect(messageThrown(() => checkCollectionProperties(properties))).toMatch(/collection TTL/)
    },
  )

  it('keep rows for ever unless they say otherwise', () => {
    expect(ttlSecondsOf([])).toBeUndefined()
    expect(ttlSecondsOf(of({ 'collection.ttl.seconds': '-1' }))).toBeUndefined()
    expect(ttlSecondsOf(of({ 'collection.ttl.seconds': '0' }))).toBeUndefined()
    expect(ttlSecondsOf(of({ 'collection.ttl.seconds': '60' }))).toBe(60)
  })
})
