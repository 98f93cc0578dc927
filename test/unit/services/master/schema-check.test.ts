import { describe, expect, it } from 'vitest'
import { toId } from '../../../../src/base/int64.ts'
import type { ScalarValue } from '../../../../src/schema/collection-schema.ts'
import { dataTypes } from '../../../../src/schema/data-type.ts'
import {
  checkSchema,
  type FieldDraft,
  type SchemaDraft,
} from '../../../../src/services/master/schema-check.ts'
import { codeThrown, messageThrown } from '../../../support/error-code.ts'

const blank: FieldDraft = {
  name: '',
  description: '',
  dataType: dataTypes.Int64,
  isPrimaryKey: false,
  isAutoId: false,
  isPartitionKey: false,
  isNullable: false,
  typeParams: [],
  indexParams: [],
}
const key: FieldDraft = { ...blank, name: 'id', isPrimaryKey: true }
const vector: FieldDraft = {
  ...blank,
  name: 'vector',
  dataType: dataTypes.FloatVector,
  typeParams: [{ key: 'dim', value: '8' }],
}

function draft(...fields: FieldDraft[]): SchemaDraft {
  return { name: 'sample', description: '', fields, hasDynamicField: false }
}

function typed(
  type: keyof typeof dataTypes,
  params: Readonly<Record<string, number>> = {},
): FieldDraft {
  const typeParams = Object.entries(params).map(([name, value]) => ({
    key: name,
    value: String(value),
  }))
  return { ...blank, name: 'field', dataType: dataTypes[type], typeParams }
}

function withDefault(type: keyof typeof dataTypes, defaultValue: ScalarValue): FieldDraft {
  return { ...typed(type, type === 'VarChar' ? { max_length: 4 } : {}), defaultValue }
}

describe('a schema', () => {
  it('has its fields under ids of their own, the dynamic one last', () => {
    const schema = checkSchema({ ...draft(key, vector, typed('JSON')), hasDynamicField: true }, [])
    expect(schema.fields.map(({ id, name, type }) => [id, name, type])).toEqual([
      [100n, 'id', 'Int64'],
      [101n, 'vector', 'FloatVector'],
      [102n, 'field', 'JSON'],
      [103n, '$meta', 'JSON'],
    ])
  })

  it('knows its partition key', () => {
    const schema = checkSchema(draft(key, vector, { ...typed('Int64'), isPartitionKey: true }), [])
    expect(schema.partitionKeyId).toBe(toId(102n))
  })

  it('may have as many vectors as is configured', () => {
    const vectors = Array.from({ length: 10 }, (_, index) => ({ ...vector, name: `v${index}` }))
    expect(
      checkSchema(draft(key, ...vectors), [], { vectorFieldCountMax: 10 }).fields,
    ).toHaveLength(11)
    expect(messageThrown(() => checkSchema(draft(key, ...vectors), []))).toBe(
      "maximum vector field's number should be limited to 4, got 10",
    )
  })

  it.each<[string, FieldDraft, string]>([
    ['an unknown type', { ...blank, name: 'field', dataType: 99 }, 'data type 99 is not supported'],
    ['an array of nothing', typed('Array', { max_capacity: 4 }), 'element type 0 is not supported'],
    [
      'an array of arrays',
      { ...typed('Array', { max_capacity: 4 }), elementType: dataTypes.Array },
      'element type Array is not supported',
    ],
    [
      'an array of vectors',
      { ...typed('Array', { max_capacity: 4 }), elementType: dataTypes.FloatVector },
      'element type FloatVector is not supported',
    ],
    [
      'an array without a capacity',
      { ...typed('Array'), elementType: dataTypes.Int8 },
      'type param(max_capacity) should be specified',
    ],
    [
      'an array that is too long',
      { ...typed('Array', { max_capacity: 4097 }), elementType: dataTypes.Int8 },
      'should be in (0, 4096], but got 4097',
    ],
    [
      'an array of texts of any length',
      { ...typed('Array', { max_capacity: 4 }), elementType: dataTypes.VarChar },
      'type param(max_length) should be specified',
    ],
    [
      'bits that are no whole bytes',
      typed('BinaryVector', { dim: 12 }),
      'bin vector dimension should be multiple of 8',
    ],
    ['too many bits', typed('BinaryVector', { dim: 8 * 32_769 }), 'it should be in range 2 to'],
    ['a vector without a dimension', typed('Int8Vector'), 'dimension is not defined'],
    ['nulls among vectors', { ...vector, name: 'field', isNullable: true }, 'not support null'],
    [
      'nulls among partition keys',
      { ...typed('Int64'), isPartitionKey: true, isNullable: true },
      'partition key field not support nullable',
    ],
    [
      'a partition key of fractions',
      { ...typed('Double'), isPartitionKey: true },
      'the data type of partition key should be Int64 or VarChar',
    ],
    [
      'a default for JSON',
      { ...typed('JSON'), defaultValue: { kind: 'text', value: '{}' } },
      'type not support default_value',
    ],
    ['a default of another type', withDefault('Int64', { kind: 'text', value: '1' }), 'not equal'],
    [
      'a default out of range',
      withDefault('Int8', { kind: 'integer', value: 128n }),
      '[128] of default_value is out of range of Int8',
    ],
    [
      'a default that is no number',
      withDefault('Float', { kind: 'number', value: Number.NaN }),
      'is not a number',
    ],
    [
      'a default that is too long',
      withDefault('VarChar', { kind: 'text', value: '鳶鳶' }),
      'the length (6) of string exceeds max length (4)',
    ],
    [
      'a second primary key',
      { ...typed('Int64'), isPrimaryKey: true },
      'more than one primary key',
    ],
  ])('is refused with %s', (_, field, reason) => {
    const check = () => checkSchema(draft(key, vector, field), [])
    expect(codeThrown(check)).toBe('INVALID_ARGUMENT')
    expect(messageThrown(check)).toContain(reason)
  })

  it.each<[string, FieldDraft, string]>([
    ['nulls', { ...key, isNullable: true }, 'primary field not support null'],
    [
      'a default',
      { ...key, defaultValue: { kind: 'integer', value: 1n } },
      'primary field not support default_value',
    ],
    ['a partition key', { ...key, isPartitionKey: true }, 'must not be primary field'],
    ['JSON', { ...typed('JSON'), isPrimaryKey: true }, 'should be Int64 or VarChar'],
  ])('is refused when its primary key is %s', (_, field, reason) => {
    expect(messageThrown(() => checkSchema(draft(field, vector), []))).toContain(reason)
  })

  it('is refused with two partition keys, or isolation without one', () => {
    const one = { ...typed('Int64'), isPartitionKey: true }
    const two = draft(key, vector, one, { ...one, name: 'other' })
    expect(messageThrown(() => checkSchema(two, []))).toContain('more than one partition key')
    const isolation = [{ key: 'partitionkey.isolation', value: 'True' }]
    const without = messageThrown(() => checkSchema(draft(key, vector), isolation))
    expect(without).toContain('no partition key field is set')
  })
})
