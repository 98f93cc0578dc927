import { describe, expect, it } from 'vitest'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { FieldData } from '../../../src/rpc/generated/milvus/schema.ts'
import { columnsOf } from '../../../src/rpc/milvus/column-decoder.ts'
import { fieldDataOf } from '../../../src/rpc/milvus/column-encoder.ts'
import { isVectorField } from '../../../src/schema/collection-schema.ts'
import { checkColumn } from '../../../src/services/proxy/check-column.ts'
import { bitsOf } from '../../support/column-bits.ts'
import { messageThrown } from '../../support/error-code.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { batchOf, keysOf, schemaOf } from '../segment/sample.ts'

const seed = seedOfRun()
const schema = schemaOf('Int64')

/** As it lies on the wire, with a change. */
function throughTheWire(message: FieldData): FieldData {
  return FieldData.decode(FieldData.encode(message).finish())
}

describe(`columns on the wire, with seed ${seed}`, () => {
  const rowCount = 25
  const batch = batchOf(
    schema,
    keysOf(
      'Int64',
      Array.from({ length: rowCount }, (_, row) => row),
    ),
    seededRandom(seed),
  )

  // Of numbers, those that are none are refused, and these rows are of any bits.
  const fields = schema.fields.filter(
    ({ type }) => !['Float', 'Double', 'Float16Vector', 'BFloat16Vector'].includes(type),
  )

  it.each(fields.map((field) => [field.name, field] as const))(
    'come back as they went: %s',
    (_, field) => {
      const column = batch.columns.get(field.id)
      if (column === undefined) throw new Error('a batch has every field')
      const message = throughTheWire(fieldDataOf({ fieldId: field.id, name: field.name, column }))
      const [named] = columnsOf([message], rowCount)
      if (named === undefined) throw new Error('there is a column')
      const checked = checkColumn(field, named.column, rowCount, named)
      const found = isVectorField(field) ? checked : { ...checked, validity: named.validity }
      expect(bitsOf(found)).toEqual(bitsOf(column))
    },
  )

  it.each([
    ['with something in the place of nulls', Uint8Array.of(5, 0, 7)],
    ['without', Uint8Array.of(5, 7)],
  ])('may have nulls, %s', (_, data) => {
    const message = throughTheWire({
      ...fieldDataOf({
        fieldId: 1n,
        name: 'a',
        column: { type: 'Int8', values: new Int8Array(3) },
      }),
      field: { $case: 'scalars', value: { data: { $case: 'intData', value: { data } } } },
      validData: Uint8Array.of(1, 0, 1),
    })
    const [named] = columnsOf([message], 3)
    expect(named?.validity).toEqual(Uint8Array.of(0b101))
    expect(named?.column).toMatchObject({ kind: 'int32', values: Int32Array.of(5, 0, 7) })
  })

  it('may say in either place which rows have a value', () => {
    const data = { $case: 'intData', value: { data: Uint8Array.of(5, 0, 7) } } as const
    const message = throughTheWire({
      ...fieldDataOf({
        fieldId: 1n,
        name: 'a',
        column: { type: 'Int8', values: new Int8Array(3) },
      }),
      field: { $case: 'scalars', value: { data, validData: Uint8Array.of(0, 0, 1) } },
    })
    expect(columnsOf([message], 3)[0]?.validity).toEqual(Uint8Array.of(0b100))
  })

  it('are counted before they are read', () => {
    const arrays = { $case: 'arrayData', value: Buffer.from('0a000a000a00', 'hex') } as const
    const message = {
      ...fieldDataOf({
        fieldId: 1n,
        name: 'a',
        column: { type: 'Int8', values: new Int8Array(3) },
      }),
      type: 22,
      field: { $case: 'scalars', value: { data: arrays } },
    } as const
    expect(columnsOf([message], 3)[0]?.column).toMatchObject({ kind: 'array', elements: undefined })
    expect(messageThrown(() => columnsOf([message], 2))).toContain('more than 2 parts')
    expect(messageThrown(() => columnsOf([message], 4))).toContain('there are 3 parts, not 4')
  })

  it('name the dynamic field where a client does not', () => {
    const column = {
      type: 'JSON',
      offsets: Uint32Array.of(0, 2),
      bytes: Buffer.from('{}'),
    } as const
    const message = fieldDataOf({ fieldId: toId(1n), name: '', column, isDynamic: true })
    expect(columnsOf([message], 1)[0]?.name).toBe('$meta')
  })
})
