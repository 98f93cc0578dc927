import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { CollectionSchema, KeyValues } from '../../schema/collection-schema.ts'

export const ttlKey = 'collection.ttl.seconds'
export const mmapKey = 'mmap.enabled'
export const dynamicFieldKey = 'dynamicfield.enabled'
export const insertAutoIdKey = 'allow_insert_auto_id'
export const isolationKey = 'partitionkey.isolation'

/** Milvus's: a hundred years. */
const ttlSecondsMax = 3_155_760_000

/** Keys whose value is yes or no. Whoever reads one of them may trust it. */
const booleanKeys: ReadonlySet<string> = new Set([
  mmapKey,
  'lazyload.enabled',
  'collection.autocompaction.enabled',
  insertAutoIdKey,
  dynamicFieldKey,
  isolationKey,
])

/** A change of properties: some get a value, or some are dropped; not both at once. */
export interface PropertiesChange {
  readonly set: KeyValues
  readonly dropKeys: readonly string[]
}

/** Refuses what no request may ask for: nothing, both, too much, one key twice. */
export function checkChange({ set, dropKeys }: PropertiesChange): void {
  if (set.length > 0 && dropKeys.length > 0) {
    throw invalid('cannot provide both DeleteKeys and ExtraParams')
  }
  if (set.length === 0 && dropKeys.length === 0) {
    throw invalid('at least one of the properties to alter or to delete must be given')
  }
  checkSizes(set)
}

/** Properties of a collection, of its creation or a change of it. */
export function checkCollectionProperties(properties: KeyValues): void {
  checkSizes(properties)
  for (const { key, value } of properties) {
    if (booleanKeys.has(key)) checkBoolean(key, value)
    if (key === ttlKey) checkTtl(value)
  }
}

/** Rows are kept apart by the key that spreads them: INVALID_ARGUMENT where there is none. */
export function checkIsolation({ partitionKeyId, properties }: CollectionSchema): void {
  if (partitionKeyId !== undefined) return
  const isolation = properties.find(({ key }) => key === isolationKey)
  if (isolation?.value.toLowerCase() !== 'true') return
  throw invalid(
    'partition key isolation mode is enabled but no partition key field is set. ' +
      'Please set the partition key first',
  )
}

export function checkSizes(properties: KeyValues): void {
  if (properties.length > limits.propertyCountMax) {
    throw invalid(
      `the most properties at once is ${limits.propertyCountMax}, got ${properties.length}`,
    )
  }
  const seen = new Set<string>()
  for (const { key, value } of properties) {
    if (key === '') throw invalid('the key of a property should not be empty')
    const name = key.slice(0, limits.nameLengthMax)
    if (key.length > limits.nameLengthMax || value.length > limits.propertyLengthMax) {
      throw invalid(
        `property ${name} is too long: the most is ${limits.nameLengthMax} characters for a key ` +
          `and ${limits.propertyLengthMax} for a value`,
      )
    }
    if (seen.has(key)) throw invalid(`duplicated property key: ${key}`)
    seen.add(key)
  }
}

export function checkBoolean(key: string, value: string): void {
  if (/^(true|false)$/i.test(value)) return
  throw invalid(`the value of ${key} must be true or false, got ${value.slice(0, 64)}`)
}

function checkTtl(value: string): void {
  const seconds = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(seconds)) {
    throw invalid(`collection TTL is not a valid integer: ${value.slice(0, 64)}`)
  }
  if (seconds < -1 || seconds > ttlSecondsMax) {
    throw invalid(
      `collection TTL is out of range, expect [-1, ${ttlSecondsMax}], got ${value.slice(0, 64)}`,
    )
  }
}

/** How long rows live; undefined when they are kept for ever. */
export function ttlSecondsOf(properties: KeyValues): number | undefined {
  const seconds = Number(properties.find(({ key }) => key === ttlKey)?.value ?? -1)
  return seconds > 0 ? seconds : undefined
}

/** Keys keep their places, new ones come last. */
export function changed(properties: KeyValues, { set, dropKeys }: PropertiesChange): KeyValues {
  const kept = properties.filter(({ key }) => !dropKeys.includes(key))
  const values = new Map(kept.map(({ key, value }) => [key, value]))
  for (const { key, value } of set) values.set(key, value)
  return [...values].map(([key, value]) => ({ key, value }))
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
