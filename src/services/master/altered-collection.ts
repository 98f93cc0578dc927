import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import {
  type CollectionRecord,
  type ConsistencyLevel,
  consistencyLevels,
} from '../../meta/records.ts'
import type { FieldSchema, KeyValues } from '../../schema/collection-schema.ts'
import {
  changed,
  checkBoolean,
  checkChange,
  checkCollectionProperties,
  checkIsolation,
  checkSizes,
  dynamicFieldKey,
  mmapKey,
  type PropertiesChange,
} from './properties.ts'

/** Not properties, though they are changed as such. */
const descriptionKey = 'collection.description'
const consistencyLevelKey = 'consistency_level'
const fieldDescriptionKey = 'field.description'
const lengthKey = 'max_length'
const capacityKey = 'max_capacity'

/** An older spelling, which some clients send for a field. */
const mmapKeyOfFields = 'mmap_enabled'

const indexKeys: readonly string[] = [mmapKey, 'indexoffsetcache.enabled']

/**
 * Whether there is to be a dynamic field, which is no property though it is altered as one; undefined
 * when the change does not say. INVALID_ARGUMENT when it comes with others, or is to go.
 */
export function wantsDynamicField(
  record: CollectionRecord,
  change: PropertiesChange,
): boolean | undefined {
  if (change.dropKeys.includes(dynamicFieldKey)) {
    throw invalid(`cannot drop property ${dynamicFieldKey}`)
  }
  const value = valueOf(change.set, dynamicFieldKey)
  if (value === undefined) return undefined
  checkBoolean(dynamicFieldKey, value)
  if (change.set.length > 1 || change.dropKeys.length > 0) {
    throw invalid('cannot alter dynamic schema with other properties at the same time')
  }
  const isWanted = value.toLowerCase() === 'true'
  if (isWanted || !record.schema.hasDynamicField) return isWanted
  throw invalid('dynamic schema cannot supported to be disabled')
}

/** The collection with other properties, description or consistency level. INVALID_ARGUMENT. */
export function alteredCollection(
  record: CollectionRecord,
  change: PropertiesChange,
): CollectionRecord {
  checkChange(change)
  checkCollectionProperties(change.set)
  const isProperty = ({ key }: { readonly key: string }): boolean =>
    key !== descriptionKey && key !== consistencyLevelKey
  const set = change.set.filter(isProperty)
  const properties = changed(record.schema.properties, { ...change, set })
  checkSizes(properties)
  checkIsolation({ ...record.schema, properties })
  const description = valueOf(change.set, descriptionKey) ?? record.schema.description
  const level = valueOf(change.set, consistencyLevelKey)
  return {
    ...record,
    schema: { ...record.schema, description, properties },
    consistencyLevel: level === undefined ? record.consistencyLevel : levelOf(level),
  }
}

/** The collection with another `max_length`, description or `mmap.enabled` of one field. */
export function alteredField(
  record: CollectionRecord,
  fieldName: string,
  change: PropertiesChange,
): CollectionRecord {
  checkChange(change)
  const field = record.schema.fields.find(({ name }) => name === fieldName)
  if (field === undefined) {
    throw new ElanusError(
      'FIELD_NOT_FOUND',
      `Cannot alter field ${fieldName} of collection ${record.schema.name}: ` +
        `field not found[field=${fieldName}]`,
    )
  }
  const set = change.set.map(({ key, value }) => ({ key: spelled(key), value }))
  const dropKeys = change.dropKeys.map(spelled)
  const stray = dropKeys.find((key) => key !== mmapKey)
  if (stray !== undefined) {
    throw invalid(`${stray} is not allowed to drop in collection field param`)
  }
  const altered = set.reduce(alterField, field)
  const params = set.filter(({ key }) => key !== fieldDescriptionKey)
  const typeParams = changed(field.typeParams, { set: params, dropKeys })
  const fields = record.schema.fields.map((known) =>
    known.id === field.id ? { ...altered, typeParams } : known,
  )
  return { ...record, schema: { ...record.schema, fields } }
}

/** What of a field follows from one of its parameters. */
function alterField(
  field: FieldSchema,
  { key, value }: { readonly key: string; readonly value: string },
): FieldSchema {
  switch (key) {
    case mmapKey:
      checkBoolean(key, value)
      return field
    case fieldDescriptionKey:
      checkSizes([{ key, value }])
      return { ...field, description: value }
    case lengthKey:
      if (
        field.type !== 'VarChar' &&
        !(field.type === 'Array' && field.elementType === 'VarChar')
      ) {
        throw invalid(`${field.name} can not modify the maxlength for non-string types`)
      }
      // Rows that are there may be longer than a lesser length: it is what new rows must keep to.
      return { ...field, lengthMax: sizeOf(key, value, limits.varCharLengthMax) }
    case capacityKey:
      if (field.type !== 'Array') {
        throw invalid(`${field.name} can not modify the maxcapacity for non-array types`)
      }
      return { ...field, capacityMax: sizeOf(key, value, limits.arrayCapacityMax) }
    default:
      throw invalid(`${key} does not allow update in collection field param`)
  }
}

/** The collection with other properties of one index. INDEX_NOT_FOUND. */
export function alteredIndex(
  record: CollectionRecord,
  indexName: string,
  change: PropertiesChange,
): CollectionRecord {
  checkChange(change)
  const index = record.indexes.find(({ name }) => name === indexName)
  if (index === undefined) {
    throw new ElanusError('INDEX_NOT_FOUND', `index not found[indexName=${indexName}]`)
  }
  for (const key of [...change.set.map((param) => param.key), ...change.dropKeys]) {
    if (!indexKeys.includes(key)) throw invalid(`${key} is not a configable index property`)
  }
  for (const { key, value } of change.set) checkBoolean(key, value)
  const given = changed(index.given, change)
  const indexes = record.indexes.map((known) =>
    known.id === index.id ? { ...index, given } : known,
  )
  return { ...record, indexes }
}

function spelled(key: string): string {
  return key === mmapKeyOfFields ? mmapKey : key
}

function sizeOf(key: string, text: string, most: number): number {
  const size = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(size)) {
    throw invalid(`${key} should be an integer, but got ${text.slice(0, 64)}`)
  }
  if (size < 1 || size > most) throw invalid(`${size} exceeds the maximum allowed value ${most}`)
  return size
}

/** By name or, as some clients send it, by number. */
function levelOf(text: string): ConsistencyLevel {
  const byNumber = /^\d$/.test(text) ? consistencyLevels[Number(text)] : undefined
  const level = byNumber ?? consistencyLevels.find((known) => known === text)
  if (level !== undefined) return level
  throw invalid(
    `invalid consistency level: ${text.slice(0, 64)}, use one of ${consistencyLevels.join(', ')}`,
  )
}

function valueOf(properties: KeyValues, key: string): string | undefined {
  return properties.find((property) => property.key === key)?.value
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
