import { describe, expect, it } from 'vitest'
import { buildIndex } from '../../../src/library/build-index.ts'
import { toBfloat16, toFloat16 } from '../../../src/library/half.ts'
import { openIndex } from '../../../src/library/open-index.ts'
import type { VectorArray } from '../../../src/library/vector-source.ts'
import { type ElementType, elementTypes } from '../../../src/schema/element-type.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { flatVectors } from './library-vectors.ts'

const dimension = 16
const rowCount = 50
const numbers = flatVectors(rowCount, dimension, 12)

const given: Readonly<Record<ElementType, VectorArray>> = {
  float32: numbers,
  float16: toFloat16(numbers),
  bfloat16: toBfloat16(numbers),
  int8: Int8Array.from(numbers, (x) => Math.round(8 * x - 60)),
  binary: Uint8Array.from({ length: (rowCount * dimension) / 8 }, (_, at) => (at * 37) & 0xff),
}

describe('vectors', () => {
  it.each(elementTypes)('of %s are found, saved, opened and given back', async (elementType) => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/one.idx`
    const vectors = given[elementType]
    const type = elementType === 'binary' ? 'BIN_FLAT' : 'FLAT'
    const metric = elementType === 'binary' ? 'HAMMING' : 'L2'
    await using built = await buildIndex(vectors, { dimension, elementType, type, metric })
    const query = vectors.slice(0, vectors.length / rowCount)
    expect(built.search(query, { topk: 1 })).toMatchObject({
      ids: Uint32Array.of(0),
      distances: Float32Array.of(0),
    })
    await built.save(path)
    await using opened = await openIndex(path, { threads: 1 })
    expect(opened).toMatchObject({ elementType, dimension, rowCount })
    expect(opened.vector(0)).toEqual(query)
    expect(await opened.searchBatch(vectors)).toEqual(await built.searchBatch(vectors))
  })

  it('given as numbers are rounded to what is stored', async () => {
    const rounded = await buildIndex(numbers, { dimension, elementType: 'float16', type: 'FLAT' })
    expect(rounded.vector(3)).toEqual(toFloat16(numbers.subarray(48, 64)))
    await rounded.close()
    const refused = buildIndex(numbers, { dimension, elementType: 'int8', type: 'FLAT' })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('tell what they are by their class', async () => {
    await using index = await buildIndex(given.int8, { dimension, type: 'FLAT', metric: 'IP' })
    expect(index.elementType).toBe('int8')
  })

  it('of a type that the index does not take are refused', async () => {
    const options = { dimension, elementType: 'binary', type: 'FLAT' } as const
    await expect(buildIndex(given.binary, options)).rejects.toMatchObject({
      code: 'INDEX_NOT_SUPPORTED',
    })
  })
})

describe('halves', () => {
  // As IEEE 754 and the definition of bfloat16 give them; ties go to even.
  const cases: readonly [number, number, number][] = [
    [0, 0x0000, 0x0000],
    [-0, 0x8000, 0x8000],
    [1, 0x3c00, 0x3f80],
    [-2, 0xc000, 0xc000],
    [65504, 0x7bff, 0x4780],
    [65519.99, 0x7bff, 0x4780],
    [65520, 0x7c00, 0x4780],
    [1e39, 0x7c00, 0x7f80],
    [Number.NEGATIVE_INFINITY, 0xfc00, 0xff80],
    [2 ** -14, 0x0400, 0x3880],
    [2 ** -24, 0x0001, 0x3380],
    [2 ** -25, 0x0000, 0x3300],
    [1.5 * 2 ** -25, 0x0001, 0x3340],
    [1 + 2 ** -11, 0x3c00, 0x3f80],
    [1 + 3 * 2 ** -11, 0x3c02, 0x3f80],
    [1 + 2 ** -8, 0x3c04, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3c0c, 0x3f82],
    [2 - 2 ** -12, 0x4000, 0x4000],
  ]

  it.each(cases)('of %f are as they should be', (number, float16, bfloat16) => {
    expect(toFloat16([number])[0]).toBe(float16)
    expect(toBfloat16([number])[0]).toBe(bfloat16)
  })

  it('keep what is no number', () => {
    expect((toFloat16([Number.NaN])[0] ?? 0) & 0x7fff).toBeGreaterThan(0x7c00)
    expect((toBfloat16([Number.NaN])[0] ?? 0) & 0x7fff).toBeGreaterThan(0x7f80)
  })
})
