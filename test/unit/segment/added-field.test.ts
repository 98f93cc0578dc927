import { describe, expect, it } from 'vitest'
import type { FieldId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import type { CollectionSchema, FieldSchema } from '../../../src/schema/collection-schema.ts'
import { takeFromColumn } from '../../../src/schema/take-rows.ts'
import { CompiledFilter } from '../../../src/segment/compiled-filter.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { loadSegment } from '../../../src/segment/load-segment.ts'
import { readField } from '../../../src/segment/read-segments.ts'
import { SealedSegment } from '../../../src/segment/sealed-segment.ts'
import { SegmentRows } from '../../../src/segment/segment-rows.ts'
import { countRows } from '../../../src/segment/select-rows.ts'
import { bitsOf } from '../../support/column-bits.ts'
import { codeThrown } from '../../support/error-code.ts'
import { at, batchOf, growing, keyFieldId, keysOf, rowIdsOf, schemaOf } from './sample.ts'
import { loadRequestOf, Twins } from './twins.ts'

const before = schemaOf('Int64')
const common = { description: '', typeParams: [], indexParams: [], addedAt: at(5) }
const added: FieldSchema = {
  ...common,
  id: toId<FieldId>(200n),
  name: 'added',
  type: 'VarChar',
  lengthMax: 9,
  isNullable: true,
  defaultValue: { kind: 'text', value: 'old' },
}
const nullable: FieldSchema = {
  ...common,
  id: toId<FieldId>(201n),
  name: 'nullable',
  type: 'Int64',
  isNullable: true,
}
const after: CollectionSchema = { ...before, fields: [...before.fields, added, nullable] }
const all = { readAt: at(100), visibleAfter: at(0) }
const old = Buffer.from('old').toString('hex')

function filled(schema: CollectionSchema, keys: readonly number[]): GrowingSegment {
  const segment = growing(schema)
  segment.append(batchOf(schema, keysOf('Int64', keys)), rowIdsOf(keys.length), at(1))
  return segment
}

/** The filter `added == 'old' and nullable is null`. */
function filterOfAdded(): CompiledFilter {
  const column = { kind: 'column', fieldId: added.id, type: 'VarChar' } as const
  const other = { kind: 'column', fieldId: nullable.id, type: 'Int64' } as const
  return new CompiledFilter({
    primaryKeyId: keyFieldId,
    addedFields: [added, nullable],
    predicate: {
      kind: 'and',
      operands: [
        {
          kind: 'compare',
          operator: '==',
          left: column,
          right: { kind: 'constant', type: 'VarChar', value: 'old' },
          isNegated: false,
        },
        { kind: 'isNull', value: other, isNegated: false },
      ],
    },
  })
}

describe('a field that was added', () => {
  it('is filled for rows that come without it, and the rows that have it stay out of older segments', () => {
    const segment = growing(after)
    const rows = batchOf(before, keysOf('Int64', [1, 2]))
    expect(segment.holds(rows)).toBe(true)
    segment.append(rows, rowIdsOf(2), at(1))
    const offsets = Uint32Array.of(1, 0)
    expect(bitsOf(segment.readColumn(added.id, offsets))).toEqual({
      type: 'VarChar',
      rows: [old, old],
    })
    expect(bitsOf(segment.readColumn(nullable.id, offsets))).toEqual({
      type: 'Int64',
      rows: [null, null],
    })
    expect(growing(before).holds(batchOf(after, keysOf('Int64', [1])))).toBe(false)
  })

  it('is read of segments with and without it, in the order of the rows', () => {
    using without = filled(before, [1, 2])
    using having = filled(after, [3, 4, 5])
    const rows = {
      segmentIndexes: Uint32Array.of(1, 0, 1, 0, 1),
      offsets: Uint32Array.of(2, 1, 0, 0, 1),
    }
    const read = readField([without, having], added, rows)
    const oneOf = (place: number) => bitsOf(takeFromColumn(read, Uint32Array.of(place)))
    for (const place of [1, 3]) expect(oneOf(place)).toEqual({ type: 'VarChar', rows: [old] })
    for (const [place, offset] of [
      [0, 2],
      [2, 0],
      [4, 1],
    ] as const) {
      expect(oneOf(place)).toEqual(bitsOf(having.readColumn(added.id, Uint32Array.of(offset))))
    }
    const none = { segmentIndexes: Uint32Array.of(0), offsets: Uint32Array.of(1) }
    expect(bitsOf(readField([without, having], nullable, none))).toEqual({
      type: 'Int64',
      rows: [null],
    })
  })

  it('is asked of rows that lack it by a filter that says what it is', () => {
    using segment = filled(before, [1, 2, 3])
    using rows = SegmentRows.attach(segment.handle())
    expect(countRows([rows], all, filterOfAdded())).toBe(3)
  })

  it('is loaded of files that lack it', async () => {
    using segment = filled(before, [1, 2, 3])
    const twins = await Twins.open()
    const binlogs = await twins.flush(segment)
    const request = { ...loadRequestOf(segment, binlogs), schema: after }
    const handle = await loadSegment(twins.store, request, () => undefined)
    using sealed = SealedSegment.attach(handle)
    const offsets = Uint32Array.of(0, 1, 2)
    expect(bitsOf(sealed.readColumn(added.id, offsets))).toEqual({
      type: 'VarChar',
      rows: [old, old, old],
    })
    using rows = SegmentRows.attach(handle)
    expect(countRows([rows], all, filterOfAdded())).toBe(3)
    const lost = after.fields.map((field) => ({ ...field, addedAt: undefined }))
    const loading = loadSegment(
      twins.store,
      { ...request, schema: { ...after, fields: lost } },
      () => undefined,
    )
    await expect(loading).rejects.toMatchObject({ code: 'CORRUPT' })
    expect(codeThrown(() => segment.field(added.id))).toBe('FIELD_NOT_FOUND')
  })
})
