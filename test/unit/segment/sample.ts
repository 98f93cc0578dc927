import { present } from '../../../src/base/assert.ts'
import type { CollectionId, FieldId, PartitionId, SegmentId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { type Random, seededRandom } from '../../../src/base/random.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import { mib } from '../../../src/base/units.ts'
import {
  type CollectionSchema,
  type FieldSchema,
  isVectorField,
  type PlainField,
  type VectorField,
} from '../../../src/schema/collection-schema.ts'
import {
  type PrimaryKeyTypeName,
  type ScalarTypeName,
  vectorRowSizeBytes,
} from '../../../src/schema/data-type.ts'
import { fixedWidthBytes, viewFixedColumn } from '../../../src/schema/fixed-column.ts'
import type {
  Column,
  PlainColumn,
  PrimaryKeys,
  RowBatch,
  ScalarColumn,
  VarCharColumn,
} from '../../../src/schema/row-batch.ts'
import { validityOf } from '../../../src/schema/validity.ts'
import { GrowingSegment } from '../../../src/segment/growing-segment.ts'

/** Schemas, rows and segments for tests: everything follows from a seed. */
export const collectionId = toId<CollectionId>(9_007_199_254_740_993n)
export const partitionId = toId<PartitionId>(9_007_199_254_740_995n)
export const segmentId = toId<SegmentId>(9_007_199_254_740_997n)
export const keyFieldId = toId<FieldId>(100n)
export const vectorFieldId = toId<FieldId>(101n)

export const dimension = 5

export function schemaOf(keyType: PrimaryKeyTypeName): CollectionSchema {
  const key: FieldSchema =
    keyType === 'Int64'
      ? { ...common(100n, 'key'), type: 'Int64' }
      : { ...common(100n, 'key'), type: 'VarChar', lengthMax: 100 }
  return {
    name: 'sample',
    description: '',
    fields: [
      key,
      { ...common(101n, 'vector'), type: 'FloatVector', dimension },
      { ...common(102n, 'isGood'), type: 'Bool' },
      { ...common(103n, 'tiny'), type: 'Int8' },
      { ...common(104n, 'small'), type: 'Int16' },
      { ...common(105n, 'medium'), type: 'Int32' },
      { ...common(106n, 'large'), type: 'Int64' },
      { ...common(107n, 'single'), type: 'Float' },
      { ...common(108n, 'double'), type: 'Double' },
      { ...common(109n, 'text'), type: 'VarChar', lengthMax: 1000 },
      { ...common(110n, 'object'), type: 'JSON' },
      { ...common(111n, 'numbers'), type: 'Array', elementType: 'Int16', capacityMax: 9 },
      {
        ...common(112n, 'texts'),
        type: 'Array',
        elementType: 'VarChar',
        capacityMax: 9,
        lengthMax: 100,
        isNullable: true,
      },
      { ...common(113n, 'flags'), type: 'Array', elementType: 'Bool', capacityMax: 9 },
      { ...common(114n, 'maybeLarge'), type: 'Int64', isNullable: true },
      { ...common(115n, 'maybeText'), type: 'VarChar', lengthMax: 1000, isNullable: true },
      { ...common(116n, 'maybeObject'), type: 'JSON', isNullable: true },
      { ...common(117n, 'halves'), type: 'Float16Vector', dimension },
      { ...common(118n, 'bits'), type: 'BinaryVector', dimension: 16 },
      { ...common(119n, 'bytes'), type: 'Int8Vector', dimension },
      { ...common(120n, 'brain'), type: 'BFloat16Vector', dimension },
    ],
    primaryKey: { fieldId: keyFieldId, type: keyType, isAutoId: false },
    hasDynamicField: false,
    properties: [],
  }
}

/** A key and a vector only. */
export function vectorSchema(
  keyType: PrimaryKeyTypeName,
  vectorDimension: number,
): CollectionSchema {
  const schema = schemaOf(keyType)
  const [key] = schema.fields
  return {
    ...schema,
    fields: [
      present(key, 'a schema has a key'),
      { ...common(101n, 'vector'), type: 'FloatVector', dimension: vectorDimension },
    ],
  }
}

function common(id: bigint, name: string) {
  return { id: toId<FieldId>(id), name, description: '', typeParams: [], indexParams: [] }
}

/** Rows with these keys, everything else random. */
export function batchOf(
  schema: CollectionSchema,
  keys: PrimaryKeys,
  random: Random = seededRandom(1),
): RowBatch {
  const rowCount = keys.values.length
  const columns = new Map<FieldId, Column>()
  for (const field of schema.fields) {
    const isKey = field.id === schema.primaryKey.fieldId
    columns.set(field.id, isKey ? columnOfKeys(keys) : randomColumn(field, rowCount, random))
  }
  return { rowCount, columns }
}

export function keysOf(type: PrimaryKeyTypeName, numbers: readonly number[]): PrimaryKeys {
  return type === 'Int64'
    ? { type, values: BigInt64Array.from(numbers, (number) => BigInt(number)) }
    : { type, values: numbers.map((number) => `ключ-${number}`) }
}

export function rowIdsOf(count: number, first = 0n): BigInt64Array {
  return BigInt64Array.from({ length: count }, (_, index) => first + BigInt(index))
}

export function at(timestamp: number | bigint): Timestamp {
  return toId<Timestamp>(BigInt(timestamp))
}

export function growing(schema: CollectionSchema, sizeBytesMax = 16 * mib): GrowingSegment {
  return GrowingSegment.create({ id: segmentId, schema, sizeBytesMax })
}

export function varChars(texts: readonly string[]): VarCharColumn {
  const encoded = texts.map((text) => Buffer.from(text))
  const offsets = new Uint32Array(texts.length + 1)
  for (const [row, bytes] of encoded.entries()) {
    offsets[row + 1] = (offsets[row] ?? 0) + bytes.length
  }
  return { type: 'VarChar', offsets, bytes: new Uint8Array(Buffer.concat(encoded)) }
}

function columnOfKeys(keys: PrimaryKeys): Column {
  return keys.type === 'Int64' ? keys : varChars(keys.values)
}

function randomColumn(field: FieldSchema, rowCount: number, random: Random): Column {
  if (isVectorField(field)) return randomVectors(field, rowCount, random)
  const column = randomPlainColumn(field, rowCount, random)
  if (field.isNullable !== true) return column
  return { ...column, validity: validityOf(rowCount, () => random.below(3) > 0) }
}

function randomVectors(field: VectorField, rowCount: number, random: Random): Column {
  const { type, dimension: width } = field
  const values = Float32Array.from({ length: rowCount * width }, () => random.next() * 2 - 1)
  const sizeBytes = rowCount * vectorRowSizeBytes(type, width)
  // At an odd address, as it may come from a request. Of the others, any bits will do.
  const bytes = new Uint8Array(sizeBytes + 1).subarray(1)
  bytes.set(new Uint8Array(values.buffer).subarray(0, sizeBytes))
  return { type, dimension: width, bytes }
}

function randomPlainColumn(field: PlainField, rowCount: number, random: Random): PlainColumn {
  if (field.type === 'JSON') {
    const texts = randomTexts(rowCount, random).map((text) => JSON.stringify({ text }))
    return { ...varChars(texts), type: 'JSON' }
  }
  if (field.type !== 'Array') return randomScalars(field.type, rowCount, random)
  const offsets = new Uint32Array(rowCount + 1)
  for (let row = 0; row < rowCount; row++) {
    offsets[row + 1] = (offsets[row] ?? 0) + random.below(field.capacityMax + 1)
  }
  const elements = randomScalars(field.elementType, offsets.at(-1) ?? 0, random)
  return { type: 'Array', offsets, elements }
}

function randomScalars(type: ScalarTypeName, count: number, random: Random): ScalarColumn {
  if (type === 'VarChar') return varChars(randomTexts(count, random))
  if (type === 'Bool') {
    return { type: 'Bool', values: Uint8Array.from({ length: count }, () => random.below(2)) }
  }
  // Any bits will do: not-a-numbers too must come back as they were.
  const bytes = Uint8Array.from({ length: count * fixedWidthBytes[type] }, () => random.below(256))
  return viewFixedColumn(type, bytes.buffer, count)
}

const alphabet = ['a', 'é', '鳶', '🪁', ' ', '\n', '\u0000', 'Z']

function randomTexts(rowCount: number, random: Random): string[] {
  return Array.from({ length: rowCount }, () =>
    Array.from({ length: random.below(20) }, () => alphabet[random.below(alphabet.length)]).join(
      '',
    ),
  )
}
