import { describe, expect, it } from 'vitest'
import type { FieldId, RowId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import type { CollectionSchema, FieldSchema } from '../../../src/schema/collection-schema.ts'
import { checkInsert } from '../../../src/services/proxy/insert-batch.ts'
import { mergeObjects } from '../../../src/services/proxy/merge-rows.ts'
import type { NamedColumn } from '../../../src/services/proxy/proxy.ts'
import { bitsOf } from '../../support/column-bits.ts'
import { codeThrown, messageThrown } from '../../support/error-code.ts'
import { varChars } from '../segment/sample.ts'

const common = { description: '', typeParams: [], indexParams: [] }
let lastId = 99n
function named(name: string) {
  lastId += 1n
  return { ...common, id: toId<FieldId>(lastId), name }
}

const key = named('id')
const fields: readonly FieldSchema[] = [
  { ...key, type: 'Int64' },
  { ...named('vector'), type: 'BinaryVector', dimension: 8 },
  { ...named('maybe'), type: 'Int16', isNullable: true },
  { ...named('filled'), type: 'Int16', defaultValue: { kind: 'integer', value: 7n } },
  {
    ...named('title'),
    type: 'VarChar',
    lengthMax: 60_000,
    isNullable: true,
    defaultValue: { kind: 'text', value: 'é' },
  },
  { ...named('object'), type: 'JSON', isNullable: true },
  { ...named('$meta'), type: 'JSON' },
]
const schema: CollectionSchema = {
  name: 'sample',
  description: '',
  fields,
  primaryKey: { fieldId: key.id, type: 'Int64', isAutoId: false },
  hasDynamicField: true,
  properties: [],
}

const keys: NamedColumn = {
  name: 'id',
  column: { kind: 'int64', typeName: 'Int64', values: BigInt64Array.of(1n, 2n, 3n) },
}
const vectors: NamedColumn = {
  name: 'vector',
  column: { kind: 'vector', typeName: 'BinaryVector', dimension: 8, bytes: Uint8Array.of(1, 2, 3) },
}

function insert(...columns: NamedColumn[]) {
  const request = {
    databaseName: '',
    collectionName: '',
    partitionName: '',
    columns: [keys, vectors, ...columns],
    rowCount: 3,
    schemaTimestamp: undefined,
  }
  const batch = checkInsert(schema, request, toId<RowId>(1n))
  return (name: string) =>
    bitsOf(batch.columns.get(fields.find((known) => known.name === name)?.id ?? toId(0n)))
}

function numbers(name: string, values: number[], validity?: number): NamedColumn {
  return {
    name,
    column: { kind: 'int32', typeName: 'Int16', values: Int32Array.from(values) },
    validity: validity === undefined ? undefined : Uint8Array.of(validity),
  }
}

function json(name: string, texts: string[], validity?: number): NamedColumn {
  const { offsets, bytes } = varChars(texts)
  return {
    name,
    column: { kind: 'json', typeName: 'JSON', offsets, bytes },
    validity: validity === undefined ? undefined : Uint8Array.of(validity),
  }
}

describe('rows that are inserted', () => {
  it('have the default or nothing of fields that are not given', () => {
    const columnOf = insert()
    expect(columnOf('maybe')).toEqual({ type: 'Int16', rows: [null, null, null] })
    expect(columnOf('filled')).toEqual({ type: 'Int16', rows: ['0700', '0700', '0700'] })
    expect(columnOf('title')).toEqual({ type: 'VarChar', rows: ['c3a9', 'c3a9', 'c3a9'] })
    expect(columnOf('object')).toEqual({ type: 'JSON', rows: [null, null, null] })
    expect(columnOf('$meta')).toEqual({ type: 'JSON', rows: ['7b7d', '7b7d', '7b7d'] })
  })

  it('have the default or nothing where null is given', () => {
    const columnOf = insert(numbers('maybe', [5, 0, 6], 0b101), numbers('filled', [1, 0, 2], 0b101))
    expect(columnOf('maybe')).toEqual({ type: 'Int16', rows: ['0500', null, '0600'] })
    expect(columnOf('filled')).toEqual({ type: 'Int16', rows: ['0100', '0700', '0200'] })
    const texts = varChars(['a', '', 'c'])
    const title = insert({
      name: 'title',
      column: { kind: 'string', typeName: 'VarChar', offsets: texts.offsets, bytes: texts.bytes },
      validity: Uint8Array.of(0b100),
    })('title')
    expect(title).toEqual({ type: 'VarChar', rows: ['c3a9', 'c3a9', '63'] })
  })

  it.each<[string, NamedColumn, string]>([
    ['what is no JSON', json('object', ['{}', '{', '1']), 'at row 1 is not valid JSON'],
    ['an empty text for JSON', json('object', ['{}', '', '1']), 'at row 1 is not valid JSON'],
    [
      'JSON that is too long',
      json('object', ['{}', `"${'x'.repeat(65_536)}"`, '1']),
      'exceeds max length',
    ],
    [
      'an array for the dynamic field',
      json('$meta', ['{}', '[]', '{}']),
      'row 1 is no JSON object',
    ],
    [
      'a field among dynamic keys',
      json('$meta', ['{}', '{}', '{"maybe":1}']),
      'cannot include the static field name: maybe',
    ],
    [
      'the dynamic field in itself',
      json('$meta', ['{"$meta":1}', '{}', '{}']),
      'name of the dynamic field',
    ],
    ['null for the dynamic field', json('$meta', ['{}', '{}', '{}'], 0b11), 'is not nullable'],
    ['a value out of range', numbers('maybe', [1, 40_000, 1]), 'out of range for Int16'],
    [
      'an unknown field',
      numbers('unknown', [1, 2, 3]),
      'keys of the dynamic field come in one column',
    ],
  ])('are refused with %s', (_, column, reason) => {
    expect(codeThrown(() => insert(column))).toBe('INVALID_ARGUMENT')
    expect(messageThrown(() => insert(column))).toContain(reason)
  })

  it('may be anything that is JSON, null too, and nothing where nothing is given', () => {
    const object = insert(json('object', ['null', 'no json at all', '"\\u0000"'], 0b101))('object')
    const hex = (text: string) => Buffer.from(text).toString('hex')
    expect(object).toEqual({ type: 'JSON', rows: [hex('null'), null, hex('"\\u0000"')] })
  })

  it('are refused when defaults would be more than a request may be', () => {
    const long = { kind: 'text', value: 'x'.repeat(60_000) } as const
    const wide = {
      ...schema,
      fields: fields.map((known) =>
        known.type === 'VarChar' ? { ...known, defaultValue: long } : known,
      ),
    }
    const rowCount = 2000
    const columns: readonly NamedColumn[] = [
      {
        name: 'id',
        column: { kind: 'int64', typeName: 'Int64', values: new BigInt64Array(rowCount) },
      },
      {
        name: 'vector',
        column: {
          kind: 'vector',
          typeName: 'BinaryVector',
          dimension: 8,
          bytes: new Uint8Array(rowCount),
        },
      },
    ]
    const request = {
      databaseName: '',
      collectionName: '',
      partitionName: '',
      columns,
      rowCount,
      schemaTimestamp: undefined,
    }
    expect(messageThrown(() => checkInsert(wide, request, toId<RowId>(1n)))).toContain(
      'insert fewer rows at once',
    )
  })
})

describe('objects that are merged', () => {
  it('keep what is not given byte for byte', () => {
    const current = {
      ...varChars(['{"large":9007199254740993, "a":[1,{"b":2}],"k":"\\u00e9"}', '']),
      type: 'JSON',
    } as const
    const given = { ...varChars(['{"a":1,"é\\"":null}', '{"x":1e400}']), type: 'JSON' } as const
    const { offsets, bytes } = mergeObjects(current, given)
    const texts = Array.from({ length: 2 }, (_, row) =>
      Buffer.from(bytes.subarray(offsets[row], offsets[row + 1])).toString(),
    )
    expect(texts).toEqual([
      '{"large":9007199254740993,"a":1,"k":"\\u00e9","é\\"":null}',
      '{"x":1e400}',
    ])
  })
})
