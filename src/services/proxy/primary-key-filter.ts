import { ElanusError } from '../../base/errors.ts'
import { filterSchemaOf } from '../../expression/filter-schema.ts'
import { parseFilter } from '../../expression/parse-filter.ts'
import { primaryKeysOf } from '../../expression/plan-facts.ts'
import type { CollectionSchema } from '../../schema/collection-schema.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'

/** The keys that a filter names; INVALID_ARGUMENT for one that does not parse or asks for more. */
export function keysOfFilter(schema: CollectionSchema, filter: string): PrimaryKeys {
  const keys = primaryKeysOf(parseFilter(filter, filterSchemaOf(schema)))
  if (keys !== undefined) return keys
  const field = schema.fields.find(({ id }) => id === schema.primaryKey.fieldId)?.name ?? ''
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `cannot use filter: ${filter.slice(0, 200)}, error: this version takes filters by primary key ` +
      `only: "${field} == value" and "${field} in [value, ...]"`,
  )
}
