import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import type { FieldId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { filterSchemaOf } from '../../../src/expression/filter-schema.ts'
import { parseFilter } from '../../../src/expression/parse-filter.ts'
import { fieldsOf, primaryKeysOf, valuesOf } from '../../../src/expression/plan-facts.ts'
import type { CollectionSchema } from '../../../src/schema/collection-schema.ts'
import { sampleSchema } from './sample-schema.ts'

const keysOf = (text: string) => primaryKeysOf(parseFilter(text, sampleSchema))

const common = { description: '', typeParams: [], indexParams: [] }
const nameId = toId<FieldId>(100n)
const schema: CollectionSchema = {
  name: 'books',
  description: '',
  fields: [
    { ...common, id: nameId, name: 'name', type: 'VarChar', lengthMax: 100 },
    { ...common, id: toId<FieldId>(101n), name: 'pages', type: 'Int32' },
    { ...common, id: toId<FieldId>(102n), name: 'vector', type: 'FloatVector', dimension: 4 },
  ],
  primaryKey: { fieldId: nameId, type: 'VarChar', isAutoId: false },
  hasDynamicField: false,
  properties: [],
}

describe('primaryKeysOf', () => {
  it('finds the keys that a filter asks for, each once', () => {
    expect(keysOf('id in [3, 1, 3]')).toEqual({ type: 'Int64', values: BigInt64Array.of(1n, 3n) })
    expect(keysOf('id == 7')).toEqual({ type: 'Int64', values: BigInt64Array.of(7n) })
    expect(keysOf('7 == id')).toEqual({ type: 'Int64', values: BigInt64Array.of(7n) })
    expect(keysOf('id == 7 or (id in [8] or id == 9)')).toEqual({
      type: 'Int64',
      values: BigInt64Array.of(7n, 8n, 9n),
    })
    expect(keysOf('id in []')).toEqual({ type: 'Int64', values: new BigInt64Array() })
  })

  it('finds keys that are text', () => {
    const plan = parseFilter('name in ["b", "a", "b"]', filterSchemaOf(schema))
    expect(primaryKeysOf(plan)).toEqual({ type: 'VarChar', values: ['b', 'a'] })
  })

  it.each([
    'id > 1',
    'id != 1',
    'id not in [1]',
    'count in [1]',
    'id == count',
    'id in [1] and flag',
    '',
  ])('finds none where the filter asks for more or less: %s', (text) => {
    expect(keysOf(text)).toBeUndefined()
  })
})

describe('fieldsOf', () => {
  it('lists each field once', () => {
    const plan = parseFilter(
      'id > count + 1 and (meta["a"] == count or color == 1) and array_length(words) > numbers[0]',
      sampleSchema,
    )
    const names = [...sampleSchema.fields.values()]
      .filter((field) => fieldsOf(plan).includes(field.id))
      .map((field) => field.name)
    expect(names).toEqual(['id', 'count', 'meta', 'numbers', 'words', '$meta'])
    expect(new Set(fieldsOf(plan)).size).toBe(fieldsOf(plan).length)
  })
})

describe('the values that a field has in what passes', () => {
  it.each<[string, readonly bigint[] | undefined]>([
    ['count == 3', [3n]],
    ['count in [1, 2] and color == 5', [1n, 2n]],
    ['count in [1, 2] and count == 2', [2n]],
    ['count == 1 or count in [2, 1]', [1n, 2n]],
    ['count == 1 or color == 1', undefined],
    ['not (count == 1)', undefined],
    ['not (count != 1)', [1n]],
    ['count > 1', undefined],
    ['count in []', []],
    ['id == 1', undefined],
  ])('are told from %s', (text, expected) => {
    const plan = parseFilter(text, sampleSchema)
    const found = valuesOf(plan, present(sampleSchema.fields.get('count'), 'there is one').id)
    expect(found && [...found.values]).toEqual(expected)
  })
})
