import { describe, expect, it } from 'vitest'
import type { FieldId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { kib } from '../../../src/base/units.ts'
import { batchSizeBytes } from '../../../src/schema/batch-size.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { bitsOf } from '../../support/column-bits.ts'
import { codeThrown } from '../../support/error-code.ts'
import { at, batchOf, growing, keyFieldId, keysOf, rowIdsOf, schemaOf, varChars } from './sample.ts'
import { fieldIdsOf } from './twins.ts'

const schema = schemaOf('VarChar')
const all = { readAt: at(1n << 62n), visibleAfter: at(0) }

describe('a growing segment', () => {
  it('gives back what was added, to the bit, over many batches', () => {
    const random = seededRandom(1)
    const segment = growing(schema)
    const batches = [1, 300, 0, 7, 1000].map((count, index) => {
      const keys = keysOf(
        'VarChar',
        Array.from({ length: count }, (_, row) => index * 1000 + row),
      )
      return batchOf(schema, keys, random)
    })
    let rowCount = 0
    for (const [index, batch] of batches.entries()) {
      segment.append(batch, rowIdsOf(batch.rowCount, BigInt(rowCount)), at(index + 1))
      const offsets = Uint32Array.from({ length: batch.rowCount }, (_, row) => rowCount + row)
      for (const fieldId of fieldIdsOf(schema)) {
        const column = batch.columns.get(fieldId)
        expect(bitsOf(segment.readColumn(fieldId, offsets))).toEqual(bitsOf(column))
      }
      rowCount += batch.rowCount
    }
    expect(segment.rowCount).toBe(rowCount)
    expect(segment.sizeBytes).toBe(batches.reduce((sum, batch) => sum + batchSizeBytes(batch), 0))
    expect([segment.timestampFrom, segment.timestampTo]).toEqual([1n, 5n])
    expect([2, 301, 302].map((row) => segment.rowCountAt(at(row)))).toEqual([301, 1308, 1308])
  })

  it('reads rows in the order in which they are asked for, and more than once', () => {
    const segment = growing(schema)
    segment.append(batchOf(schema, keysOf('VarChar', [1, 2, 3])), rowIdsOf(3), at(1))
    const offsets = Uint32Array.of(2, 0, 2)
    expect(segment.primaryKeys(offsets)).toEqual(keysOf('VarChar', [3, 1, 3]))
    const column = segment.readColumn(keyFieldId, offsets)
    expect(bitsOf(column)).toEqual(bitsOf(varChars(['ключ-3', 'ключ-1', 'ключ-3'])))
    expect(segment.readColumn(keyFieldId, new Uint32Array(0))).toMatchObject({ type: 'VarChar' })
  })

  it('refuses a batch that does not fit, and is then as it was', () => {
    const segment = growing(schema, 64 * kib)
    const batch = batchOf(schema, keysOf('VarChar', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
    let count = 0
    const add = (): void => segment.append(batch, rowIdsOf(10), at(1))
    while (segment.sizeBytes + batchSizeBytes(batch) <= segment.sizeBytesMax) {
      add()
      count += 10
    }
    const before = [segment.rowCount, segment.sizeBytes, segment.memoryBytes]
    expect(codeThrown(add)).toBe('MEMORY_LIMIT_EXCEEDED')
    expect(segment.rowCount).toBe(count)
    expect([segment.rowCount, segment.sizeBytes, segment.memoryBytes]).toEqual(before)
    expect(segment.rowCountVisible(all)).toBe(count)
  })

  it('shows a reader on its handle whole batches only, as they are added', () => {
    const segment = growing(schema)
    using rows = SegmentRows.attach(structuredClone(segment.handle()))
    expect(rows.rowCount).toBe(0)
    for (let batch = 1; batch <= 200; batch++) {
      segment.append(batchOf(schema, keysOf('VarChar', [batch, batch])), rowIdsOf(2), at(batch))
      expect(rows.rowCount).toBe(2 * batch)
      expect(rows.keys.keyAt(2 * batch - 1)).toBe(`ключ-${batch}`)
      expect(rows.rowCountAt(at(batch - 1))).toBe(2 * (batch - 1))
    }
  })

  it('counts the memory that it takes', () => {
    const segment = growing(schema)
    const before = segment.memoryBytes
    const keys = Array.from({ length: 20_000 }, (_, row) => row)
    segment.append(batchOf(schema, keysOf('VarChar', keys)), rowIdsOf(20_000), at(1))
    expect(segment.memoryBytes - before).toBeGreaterThan(segment.sizeBytes)
    const withRows = segment.memoryBytes
    segment.applyDelete(keysOf('VarChar', [1]), at(2))
    expect(segment.memoryBytes).toBeGreaterThan(withRows)
  })

  it('says which field it does not have', () => {
    const segment = growing(schema)
    const read = () => segment.readColumn(toId<FieldId>(999n), Uint32Array.of())
    expect(codeThrown(read)).toBe('FIELD_NOT_FOUND')
  })
})
