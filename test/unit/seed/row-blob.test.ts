import { describe, expect, it } from 'vitest'
import type { FieldId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { CollectionSchema, FieldSchema } from '../../../src/schema/collection-schema.ts'
import type { Column } from '../../../src/schema/row-batch.ts'
import {
  batchOfColumns,
  namedColumns,
  wireColumns,
} from '../../../src/services/channels/columns.ts'
import {
  blobsOfBatch,
  columnsOfBlobs,
  rowBlobSizeBytes,
} from '../../../src/services/channels/row-blob.ts'
import { checkInsert } from '../../../src/services/proxy/insert-batch.ts'
import { bitsOf } from '../../support/column-bits.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { batchOf, keysOf, schemaOf as sampleSchemaOf } from '../segment/sample.ts'

const common = { description: '', typeParams: [], indexParams: [] }
const fixedTypes = ['Int64', 'Bool', 'Int8', 'Int16', 'Int32', 'Float', 'Double'] as const
const fixed: readonly FieldSchema[] = fixedTypes.map((type, place) => ({
  ...common,
  id: toId<FieldId>(100n + BigInt(place)),
  name: type.toLowerCase(),
  type,
}))
const vector: FieldSchema = {
  ...common,
  id: toId<FieldId>(107n),
  name: 'vector',
  type: 'FloatVector',
  dimension: 3,
}
const text: FieldSchema = {
  ...common,
  id: toId<FieldId>(108n),
  name: 'text',
  type: 'VarChar',
  lengthMax: 100,
}

function schemaOf(fields: readonly FieldSchema[]): CollectionSchema {
  return {
    name: 'blobs',
    description: '',
    fields,
    primaryKey: { fieldId: toId<FieldId>(100n), type: 'Int64', isAutoId: false },
    hasDynamicField: false,
    properties: [],
  }
}

const schema = schemaOf([...fixed, vector])

describe('a row blob', () => {
  it('T23: has the fields in their order, little-endian, with nothing between them', () => {
    const blob = new Uint8Array(40)
    const view = new DataView(blob.buffer)
    view.setBigInt64(0, -2n, true)
    view.setUint8(8, 1)
    view.setInt8(9, -3)
    view.setInt16(10, -300, true)
    view.setInt32(12, -70_000, true)
    view.setFloat32(16, 1.5, true)
    view.setFloat64(20, -2.25, true)
    for (const place of [0, 1, 2]) view.setFloat32(28 + 4 * place, place + 0.5, true)
    expect(rowBlobSizeBytes(schema)).toBe(40)
    const { columns } = rowsOf([blob])
    const values = [...columns.values()].map((column) =>
      column.type === 'FloatVector'
        ? [...new Float32Array(Uint8Array.from(column.bytes).buffer)]
        : Array.from<unknown>('values' in column ? column.values : []),
    )
    expect(values).toEqual([[-2n], [1], [-3], [-300], [-70_000], [1.5], [-2.25], [0.5, 1.5, 2.5]])
  })

  it('T23: is read back as it was written, whatever the rows', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    for (let round = 0; round < 50; round += 1) {
      const blobs = Array.from({ length: 1 + Math.floor(random.next() * 20) }, () => {
        const blob = Uint8Array.from({ length: 40 }, () => Math.floor(random.next() * 128))
        blob[8] = (blob[8] ?? 0) & 1
        return blob
      })
      expect(blobsOfBatch(schema, rowsOf(blobs)), `seed ${seed}`).toEqual(blobs)
    }
  })

  it('is refused when it has another size', () => {
    expect(() => columnsOfBlobs(schema, [new Uint8Array(40), new Uint8Array(39)])).toThrow(
      'Cannot read row 1: its blob has 39 bytes',
    )
  })

  it('has no place for text', () => {
    expect(() => columnsOfBlobs(schemaOf([...fixed, text]), [])).toThrow('has no fixed width')
  })
})

describe('columns on a channel', () => {
  const withText = schemaOf([...fixed.slice(0, 1), text])
  const columns = new Map<FieldId, Column>([
    [toId<FieldId>(100n), { type: 'Int64', values: BigInt64Array.of(1n, 2n, 3n) }],
    [
      text.id,
      {
        type: 'VarChar',
        offsets: Uint32Array.of(0, 1, 1, 4),
        bytes: Uint8Array.from(Buffer.from('aéz')),
      },
    ],
  ])
  const batch = { rowCount: 3, columns }

  it('are read back as they were written', () => {
    expect(batchOfColumns(withText, wireColumns(batch), 3)).toEqual(batch)
    const request = {
      databaseName: '',
      collectionName: '',
      partitionName: '',
      columns: namedColumns(withText, wireColumns(batch)),
      rowCount: 3,
      schemaTimestamp: undefined,
    }
    expect(checkInsert(withText, request, toId(0n)).columns).toEqual(columns)
  })

  it('are read back whatever their types, nulls where they are', () => {
    const seed = seedOfRun()
    const sample = sampleSchemaOf('VarChar')
    const rows = batchOf(sample, keysOf('VarChar', [1, 2, 3, 4, 5]), seededRandom(seed))
    const back = batchOfColumns(sample, wireColumns(rows), 5)
    for (const [fieldId, column] of rows.columns) {
      expect(bitsOf(back.columns.get(fieldId)), `seed ${seed}`).toEqual(bitsOf(column))
    }
  })

  it('may lack what their rows are older than', () => {
    const later = { ...text, id: toId<FieldId>(199n), name: 'later', isNullable: true }
    const schemaNow = schemaOf([...fixed.slice(0, 1), text, later])
    const back = batchOfColumns(schemaNow, wireColumns(batch), 3)
    expect(bitsOf(back.columns.get(later.id))).toEqual({
      type: 'VarChar',
      rows: [null, null, null],
    })
  })

  it('are refused where they are not those of the schema', () => {
    const wire = wireColumns(batch)
    const [key, value] = wire
    if (key === undefined || value === undefined) throw new Error('two columns were made')
    const offsets = new Uint8Array(Uint32Array.of(0, 9, 1, 4).buffer)
    for (const broken of [
      [key],
      [key, key],
      [key, { ...value, fieldID: 7n }],
      [key, { ...value, dataType: 5 }],
      [{ ...key, values: key.values.subarray(1) }, value],
      [key, { ...value, offsets: offsets.subarray(2) }],
      [key, { ...value, offsets }],
      [key, { ...value, values: Uint8Array.of(1, 0xff, 2, 3) }],
    ]) {
      expect(() => batchOfColumns(withText, broken, 3)).toThrow('Cannot take the rows')
    }
  })
})

function rowsOf(blobs: readonly Uint8Array[]) {
  const request = {
    databaseName: '',
    collectionName: '',
    partitionName: '',
    columns: columnsOfBlobs(schema, blobs),
    rowCount: blobs.length,
    schemaTimestamp: undefined,
  }
  return checkInsert(schema, request, toId(0n))
}
