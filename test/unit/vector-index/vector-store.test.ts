import { describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { prepareIndex } from '../../../src/vector-index/vector-index.ts'
import {
  createVectorStore,
  openVectorStore,
  vectorStoreSizeBytes,
} from '../../../src/vector-index/vector-store.ts'
import { codeThrown } from '../../support/error-code.ts'
import { bytesOf, clusteredRows, graphSpec, misalign, storeOf } from './vectors.ts'

describe('a vector store', () => {
  it.each([1, 2, 3, 4, 5, 7, 16, 33])(
    'gives rows of dimension %i back as they came',
    (dimension) => {
      const rows = clusteredRows(50, dimension, dimension)
      const bytes = bytesOf(rows)
      const store = createVectorStore({ dimension })
      store.append(misalign(bytes.subarray(0, 20 * dimension * 4)), 20)
      store.append(bytes.subarray(20 * dimension * 4), 30)
      expect(store.rowCount).toBe(50)
      expect(store.readRange(0, 50)).toEqual(bytes)
      const picked = [49, 0, 20, 19].map((row) => rows[row] ?? new Float32Array())
      expect(store.readRows(Uint32Array.of(49, 0, 20, 19))).toEqual(bytesOf(picked))
    },
  )

  it('keeps the bits of numbers that are not finite', () => {
    const rows = [Float32Array.of(Number.NaN, Infinity, -0, 1e-45)]
    expect(storeOf(rows).readRange(0, 1)).toEqual(bytesOf(rows))
  })

  it('holds no row and gives none back when it is new', () => {
    const store = createVectorStore({ dimension: 8, rowCount: 100 })
    expect(store.rowCount).toBe(0)
    expect(store.readRange(0, 0).length).toBe(0)
    expect(store.readRows(new Uint32Array(0)).length).toBe(0)
  })

  it('accounts for rows from when they are reserved', () => {
    const store = createVectorStore({ dimension: 8 })
    const before = store.memoryBytes
    store.reserve(1000)
    expect(store.memoryBytes - before).toBe(vectorStoreSizeBytes(8, 1000))
    store.append(bytesOf(clusteredRows(1000, 8, 1)), 1000)
    expect(store.memoryBytes - before).toBe(vectorStoreSizeBytes(8, 1000))
  })

  it('refuses rows beyond its limit and keeps those that it has', () => {
    const store = createVectorStore({
      dimension: 1024,
      memoryBytesMax: 64 << 20,
      threadCountMax: 2,
    })
    const bytes = new Uint8Array(4096 * 1024).fill(1)
    store.append(bytes, 1024)
    expect(codeThrown(() => store.reserve(1 << 20))).toBe('MEMORY_LIMIT_EXCEEDED')
    expect(codeThrown(() => store.reserve(1 << 30))).toBe('MEMORY_LIMIT_EXCEEDED')
    expect(store.rowCount).toBe(1024)
    store.append(bytes, 1024)
    expect(store.rowCount).toBe(2048)
  })

  it('refuses an index that does not fit behind the rows', () => {
    const store = createVectorStore({ dimension: 4, memoryBytesMax: 32 << 20, threadCountMax: 1 })
    store.append(new Uint8Array(16 * 100_000), 100_000)
    store.seal()
    const prepare = () => prepareIndex(store, graphSpec('L2', { M: 200 }))
    expect(codeThrown(prepare)).toBe('MEMORY_LIMIT_EXCEEDED')
  })

  it('uses the bytes of a released index again', () => {
    const store = storeOf(clusteredRows(500, 16, 5))
    store.seal()
    const first = prepareIndex(store, graphSpec('L2'))
    const second = prepareIndex(store, graphSpec('IP'))
    expect(second.address).toBeGreaterThanOrEqual(first.address + first.sizeBytes)
    const full = store.memoryBytes
    store.release(first)
    expect(store.memoryBytes).toBe(full - first.sizeBytes)
    expect(prepareIndex(store, graphSpec('L2')).address).toBe(first.address)
  })

  it('shows rows to a thread that opened it before they came, also when the memory grew', () => {
    const rows = clusteredRows(2000, 256, 9)
    const store = createVectorStore({ dimension: 256, threadCountMax: 2 })
    const reader = openVectorStore(store.handle())
    store.append(bytesOf(rows), rows.length)
    expect(reader.rowCount).toBe(2000)
    expect(reader.readRange(1990, 2000)).toEqual(bytesOf(rows.slice(1990)))
  })

  it.each([0, -1, 1.5, limits.dimensionMax + 1])('refuses dimension %d', (dimension) => {
    expect(codeThrown(() => createVectorStore({ dimension }))).toBe('INVALID_ARGUMENT')
  })

  it('takes the widest vectors', () => {
    const rows = clusteredRows(3, limits.dimensionMax, 3)
    expect(storeOf(rows).readRange(0, 3)).toEqual(bytesOf(rows))
  })
})
