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
    ['order_by_fields', 'id:asc'],
    ['group_by_fields', 'id,name'],
  ])('are refused when they ask for what is not supported yet: %s', (key, value) => {
    expect(() => parsed({ [key]: value })).toThrow('is not supported yet')
    expect(() => parsed({ [key]: value })).toThrow(key)
  })

  it('say a range, beside the parameters of the index or among them', () => {
    const range = { radius: 0.5, rangeFilter: -1e-3 }
    expect(parsed({ radius: '0.5', range_filter: '-1e-3' }).range).toEqual(range)
    const within = parsed({ params: '{"radius":0.5,"range_filter":-0.001,"ef":7}' })
    expect(within).toMatchObject({ range, params: { ef: 7 } })
    expect(parsed({}).range).toBeUndefined()
  })

  it('say groups, of one row each unless they say more', () => {
    const grouping = { fieldName: 'id', groupSize: 1, isStrict: false }
    expect(parsed({ group_by_field: 'id' }).grouping).toEqual(grouping)
    const strict = parsed({ group_by_field: 'id', group_size: '3', strict_group_size: 'true' })
    expect(strict.grouping).toEqual({ fieldName: 'id', groupSize: 3, isStrict: true })
    expect(strict.params).toEqual({})
  })

  it('say a page of an iterator, whose size is the batch', () => {
    const first = parsed({ iterator: 'true', search_iter_v2: 'true', search_iter_batch_size: '7' })
    expect(first).toMatchObject({ topk: 7, iterator: { token: '', lastBound: undefined } })
    const next = parsed({
      search_iter_v2: 'True',
      search_iter_batch_size: '7',
      search_iter_id: 'token',
      search_iter_last_bound: '0.25',
      guarantee_timestamp: '449000000000000000',
      collection_id: '449000000000000001',
    })
    expect(next).toMatchObject({
      iterator: { token: 'token', lastBound: 0.25 },
      guaranteeTimestamp: 449000000000000000n,
      collectionId: 449000000000000001n,
    })
  })

  it.each([
    ['radius', 'near'],
    ['range_filter', 'NaN'],
    ['search_iter_last_bound', '0x10'],
    ['collection_id', '-1'],
  ])('are refused when they are no number: %s = %s', (key, value) => {
    const iterator = { search_iter_v2: 'true', search_iter_batch_size: '7' }
    expect(() => parsed({ ...iterator, [key]: value })).toThrow(`${key} [${value}] is invalid`)
  })

  it('are accepted with the value that asks for nothing', () => {
    const request = parsed({ group_by_field: '', iterator: 'false', strict_group_size: 'false' })
    expect(request.topk).toBe(10)
  })
})
