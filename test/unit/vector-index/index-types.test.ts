import { describe, expect, it } from 'vitest'
import { elementTypes } from '../../../src/schema/element-type.ts'
import { efDefault } from '../../../src/vector-index/graph-types.ts'
import { ivfTypeNames } from '../../../src/vector-index/index-type-names.ts'
import {
  indexTypes,
  parseIndexSpec,
  parseSearchParams,
} from '../../../src/vector-index/index-types.ts'
import { codeThrown, messageThrown } from '../../support/error-code.ts'

const given = (entries: Record<string, string>) =>
  Object.entries(entries).map(([key, value]) => ({ key, value }))

const hnsw = (params: Record<string, unknown>) => parseIndexSpec({ type: 'HNSW', params })

describe('index parameters', () => {
  it('are read from what a client sends, JSON and single ones', () => {
    const params = given({
      index_type: 'hnsw',
      metric_type: 'ip',
      params: '{"M":8}',
      efConstruction: '50',
    })
    const spec = parseIndexSpec(params)
    expect(spec).toMatchObject({ type: 'HNSW', metric: 'IP', params: { M: 8, efConstruction: 50 } })
  })

  it('take the defaults of Milvus where they are not given', () => {
    expect(hnsw({})).toMatchObject({ metric: 'COSINE', params: { M: 30, efConstruction: 360 } })
    expect(hnsw({ M: null })).toMatchObject({ params: { M: 30 } })
    expect(parseIndexSpec({ type: 'AUTOINDEX' })).toMatchObject({
      metric: 'COSINE',
      params: { M: 18, efConstruction: 240 },
    })
    expect(parseIndexSpec({ type: 'FLAT', metric: 'L2' })).toEqual({
      type: 'FLAT',
      metric: 'L2',
      params: {},
    })
  })

  it('that a type does not know are ignored', () => {
    expect(hnsw({ M: 16, anything: 'nothing' }).params).not.toHaveProperty('anything')
    expect(parseIndexSpec({ type: 'AUTOINDEX', params: { M: 7 } }).params['M']).toBe(18)
  })

  it.each([
    [{ M: 1 }, "param 'M' (1) should be in range [2, 2048]"],
    [{ M: 2049 }, "param 'M' (2049) should be in range [2, 2048]"],
    [{ M: '-1' }, "param 'M' (-1) should be in range [2, 2048]"],
    [{ efConstruction: 0 }, "param 'efConstruction' (0) should be in range [1, 2147483647]"],
    [{ M: 16.5 }, "wrong data type in json, key: 'M', value: '16.5': invalid parameter"],
    [{ M: 'True' }, "invalid integer value, key: 'M', value: 'True': invalid parameter"],
    [{ M: [16] }, "invalid integer value, key: 'M', value: '[16]': invalid parameter"],
    [{ M: '' }, "invalid integer value, key: 'M', value: '': invalid parameter"],
  ])('out of range or of another type are refused: %j', (params, text) => {
    expect(codeThrown(() => hnsw(params))).toBe('INVALID_ARGUMENT')
    expect(messageThrown(() => hnsw(params))).toContain(text)
  })

  it.each(['[1]', '"M"', '{', 'null'])('that are no JSON object are refused: %s', (params) => {
    const parse = () => parseIndexSpec(given({ index_type: 'HNSW', params }))
    expect(codeThrown(parse)).toBe('INVALID_ARGUMENT')
  })

  it('are AUTOINDEX when a request does not say', () => {
    const spec = parseIndexSpec({ type: '' })
    expect(spec).toEqual(parseIndexSpec({ type: 'AUTOINDEX' }))
    expect(parseIndexSpec([{ key: 'metric_type', value: 'L2' }])).toMatchObject({
      type: 'AUTOINDEX',
      metric: 'L2',
    })
  })

  it.each(['HNSW2', 'toString', 'NGT'])('of an unknown type are refused: %s', (type) => {
    expect(codeThrown(() => parseIndexSpec({ type }))).toBe('INDEX_NOT_SUPPORTED')
  })

  it.each(['HAMMING', 'l3', 'JACCARD'])(
    'with a metric that floats have not are refused: %s',
    (metric) => {
      expect(codeThrown(() => parseIndexSpec({ type: 'HNSW', metric }))).toBe('INDEX_NOT_SUPPORTED')
    },
  )
})

describe('types of inverted lists', () => {
  const vectors = { elementType: 'float32', dimension: 96 } as const
  const parse = (type: string, params: Record<string, unknown> = {}) =>
    parseIndexSpec({ type, params }, vectors)

  it.each(ivfTypeNames)('take nlist and nprobe, with the defaults of Milvus: %s', (type) => {
    const elementType = type === 'BIN_IVF_FLAT' ? 'binary' : 'float32'
    const spec = parseIndexSpec({ type }, { elementType, dimension: 96 })
    expect(spec.params['nlist']).toBe(128)
    expect(parseSearchParams(spec, 10, {})).toMatchObject({ nprobe: 8 })
    for (const nlist of [0, 65_537]) {
      const text = messageThrown(() =>
        parseIndexSpec({ type, params: { nlist } }, { elementType, dimension: 96 }),
      )
      expect(text).toContain(`param 'nlist' (${nlist}) should be in range [1, 65536]`)
    }
    const probe = () => parseSearchParams(spec, 10, { nprobe: 0 })
    expect(messageThrown(probe)).toContain("param 'nprobe' (0) should be in range [1, 65536]")
  })

  it('cut vectors into parts that come out even', () => {
    expect(parse('IVF_PQ').params).toMatchObject({ m: 32, nbits: 8 })
    expect(messageThrown(() => parse('IVF_PQ', { m: 7 }))).toContain(
      'dimension must be able to be divided by `m`, dimension: 96, m: 7',
    )
    expect(codeThrown(() => parse('IVF_PQ', { m: 7 }))).toBe('INVALID_ARGUMENT')
  })

  it('take parts of as many bits as tables fit caches', () => {
    expect(messageThrown(() => parse('IVF_PQ', { nbits: 25 }))).toContain('in range [1, 24]')
    expect(codeThrown(() => parse('IVF_PQ', { nbits: 9 }))).toBe('INVALID_ARGUMENT')
    expect(parse('IVF_PQ', { nbits: 4 }).params).toMatchObject({ nbits: 4 })
  })

  it('compare at least as many rows again as are asked for', () => {
    const spec = parse('SCANN')
    expect(messageThrown(() => parseSearchParams(spec, 10, { reorder_k: 9 }))).toContain(
      'reorder_k(9) should be larger than k(10)',
    )
    expect(parseSearchParams(spec, 10, { reorder_k: 10 })).toMatchObject({ reorder_k: 10 })
    const raw = parse('SCANN', { with_raw_data: 'false' })
    expect(parseSearchParams(raw, 10, {})).toMatchObject({ reorder_k: 10 })
    const refined = parse('IVF_RABITQ', { refine: true, refine_type: 'sq8' })
    expect(parseSearchParams(refined, 10, { refine_k: 1.5 })).toMatchObject({ refine_k: 1.5 })
    const rough = parse('IVF_RABITQ', { refine: 'false' })
    expect(parseSearchParams(rough, 10, {})).toMatchObject({ refine_k: 1 })
  })

  it.each([
    ['SCANN', { with_raw_data: 7 }, 'should be a boolean'],
    ['IVF_RABITQ', { refine: 'maybe' }, 'should be a boolean'],
    ['IVF_RABITQ', { refine: true, refine_type: 'SQ9' }, "invalid value for param 'refine_type'"],
  ])('refuse what they cannot read: %s %j', (type, params, text) => {
    expect(codeThrown(() => parse(type, params))).toBe('INVALID_ARGUMENT')
    expect(messageThrown(() => parse(type, params))).toContain(text)
  })

  it.each([
    [{ rbq_query_bits: 9 }, 'in range [0, 8]'],
    [{ refine_k: 0.5 }, 'in range [1, 2147483647]'],
    [{ refine_k: 'much' }, 'should be a number'],
  ])('refuse searches by %j', (params, text) => {
    expect(messageThrown(() => parseSearchParams(parse('IVF_RABITQ'), 10, params))).toContain(text)
  })
})

describe('index types for vectors of other elements', () => {
  it('compare bits by metrics of bits, and nothing else by those', () => {
    const vectors = { elementType: 'binary' } as const
    expect(parseIndexSpec({ type: 'BIN_FLAT' }, vectors).metric).toBe('HAMMING')
    expect(parseIndexSpec({ type: 'BIN_FLAT', metric: 'jaccard' }, vectors).metric).toBe('JACCARD')
    const byL2 = () => parseIndexSpec({ type: 'BIN_FLAT', metric: 'L2' }, vectors)
    expect(codeThrown(byL2)).toBe('INDEX_NOT_SUPPORTED')
    expect(messageThrown(byL2)).toContain('binary vector index does not support metric type: L2')
  })

  it('are refused where they do not take them', () => {
    expect(codeThrown(() => parseIndexSpec({ type: 'FLAT' }, { elementType: 'binary' }))).toBe(
      'INDEX_NOT_SUPPORTED',
    )
    expect(codeThrown(() => parseIndexSpec({ type: 'BIN_FLAT' }))).toBe('INDEX_NOT_SUPPORTED')
  })

  it.each(elementTypes)('are chosen for %s when a request leaves it open', (elementType) => {
    for (const type of ['', 'AUTOINDEX']) {
      const spec = parseIndexSpec({ type }, { elementType })
      expect(indexTypes[spec.type].elementTypes).toContain(elementType)
    }
  })
})

describe('search parameters', () => {
  const spec = hnsw({})

  it('default to a width that keeps recall', () => {
    expect(parseSearchParams(spec, 10, {})).toEqual({ ef: efDefault(10) })
    expect(parseSearchParams(spec, 20, {})).toEqual({ ef: 40 })
    expect(parseSearchParams(spec, 1000, {})).toEqual({ ef: 1000 })
  })

  it('take digits for a number', () => {
    expect(parseSearchParams(spec, 10, { ef: '64', nprobe: 8 })).toEqual({ ef: 64 })
  })

  it('are none for FLAT', () => {
    expect(parseSearchParams(parseIndexSpec({ type: 'FLAT' }), 10, { ef: 1 })).toEqual({})
  })

  it.each([
    [{ ef: 9 }, 'ef(9) should be larger than k(10)'],
    [{ ef: -1 }, "param 'ef' (-1) should be in range [1, 2147483647]"],
    [{ ef: 32.5 }, "Type conflict in json: param 'ef' (32.5) should be integer"],
    [{ ef: true }, "Type conflict in json: param 'ef' (true) should be integer"],
    [{ ef: null }, "Type conflict in json: param 'ef' (null) should be integer"],
    [{ ef: [32] }, "param 'ef' ([32]) should be integer"],
  ])('that do not fit are refused: %j', (params, text) => {
    expect(codeThrown(() => parseSearchParams(spec, 10, params))).toBe('INVALID_ARGUMENT')
    expect(messageThrown(() => parseSearchParams(spec, 10, params))).toContain(text)
  })
})
