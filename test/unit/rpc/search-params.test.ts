import { describe, expect, it } from 'vitest'
import { searchRequestOf } from '../../../src/rpc/milvus/search-codec.ts'
import type { RpcCall } from '../../../src/rpc/service.ts'
import { searchRequest } from '../../support/milvus/requests.ts'

const call: RpcCall = {
  metadata: () => undefined,
  signal: () => new AbortController().signal,
}

function parsed(params: Readonly<Record<string, string>>) {
  return searchRequestOf(searchRequest([[1, 2]], params), call)
}

describe('search parameters', () => {
  it('are taken in the form of new clients, where those of the index are there twice', () => {
    const request = parsed({
      anns_field: 'vector',
      params: '{"ef":64}',
      topk: '5',
      offset: '2',
      metric_type: '',
      ignore_growing: 'false',
      ef: '64',
    })
    expect(request).toMatchObject({
      fieldName: 'vector',
      topk: 5,
      offset: 2,
      metric: '',
      params: { ef: 64 },
      roundDecimal: -1,
    })
  })

  it('are taken in the form of old clients', () => {
    const request = parsed({
      topk: '4',
      metric_type: 'L2',
      params: '{"nprobe":10}',
      round_decimal: '3',
    })
    expect(request).toMatchObject({
      topk: 4,
      offset: 0,
      metric: 'L2',
      params: { nprobe: 10 },
      roundDecimal: 3,
    })
  })

  it('are taken for the index where they stand alone', () => {
    expect(parsed({ params: '', ef: '32' }).params).toEqual({ ef: '32' })
  })

  it('have a default for topk', () => {
    expect(parsed({ topk: '' }).topk).toBe(100)
  })

  it.each([
    ['topk', 'ten'],
    ['topk', '1.5'],
    ['offset', '99999999999999999999'],
    ['round_decimal', '7'],
    ['params', '[1]'],
    ['params', '{"ef":'],
  ])('are refused with their value: %s = %s', (key, value) => {
    expect(() => parsed({ [key]: value })).toThrow(`${key} [${value}] is invalid`)
  })

  it('are refused when they are too long to be any', () => {
    expect(() => parsed({ params: ' '.repeat(70_000) })).toThrow('params is too long: 70000')
  })

  it.each([
    ['radius', '0.5'],
    ['range_filter', '0.1'],
    ['group_by_field', 'id'],
    ['order_by_fields', 'id:asc'],
    ['iterator', 'true'],
    ['search_iter_v2', 'true'],
    ['ignore_growing', 'true'],
  ])('are refused when they ask for what is not supported yet: %s', (key, value) => {
    expect(() => parsed({ [key]: value })).toThrow('is not supported yet')
    expect(() => parsed({ [key]: value })).toThrow(key)
  })

  it('are refused also within params', () => {
    expect(() => parsed({ params: '{"radius":0.5}' })).toThrow('Range search (radius)')
  })

  it('are accepted with the value that asks for nothing', () => {
    const request = parsed({ group_by_field: '', iterator: 'false', strict_group_size: 'false' })
    expect(request.topk).toBe(10)
  })
})
