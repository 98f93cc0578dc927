import { type FilterSchema, filterSchemaOf } from '../../expression/filter-schema.ts'
import { parseFilter, type TemplateValues } from '../../expression/parse-filter.ts'
import type { FilterPlan } from '../../expression/plan.ts'
import { fieldsOf, primaryKeysOf, valuesOf } from '../../expression/plan-facts.ts'
import type { CollectionSchema } from '../../schema/collection-schema.ts'
import type { PrimaryKeys } from '../../schema/row-batch.ts'
import { type EncodedFilter, encodeFilter } from '../../segment/filter-code.ts'

/** A filter that was read and checked. */
export interface Filter {
  /** As search threads are sent it. */
  readonly encoded: EncodedFilter
  /** The keys that it names, when that is all that it asks: no scan is needed then. */
  readonly primaryKeys: PrimaryKeys | undefined
  /** What partition keys can pass; undefined: any, or there is no partition key. */
  readonly partitionKeys: PrimaryKeys | undefined
}

export interface FilterRequest {
  readonly filter: string
  readonly templates?: TemplateValues | undefined
}

/** Texts that are read once, of each schema; longer ones are hardly repeated. */
const textCountMax = 64
const textLengthMax = 1024

/**
 * The filter of a request; undefined when it passes every row. INVALID_ARGUMENT for a text that is
 * no filter of this schema.
 */
export function filterOf(schema: CollectionSchema, request: FilterRequest): Filter | undefined {
  const { filter: text, templates } = request
  if (text === '') return undefined
  if (text.length > textLengthMax || (templates !== undefined && templates.size > 0)) {
    return read(schema, text, templates)
  }
  const known = knownOf(schema)
  // The one used last comes last, the first makes room.
  const found = known.filters.has(text) ? known.filters.get(text) : read(schema, text, undefined)
  known.filters.delete(text)
  known.filters.set(text, found)
  const [oldest] = known.filters.keys()
  if (known.filters.size > textCountMax && oldest !== undefined) known.filters.delete(oldest)
  return found
}

/** The filter that every row passes, for whoever must have one. */
export function encodedAlways(schema: CollectionSchema): EncodedFilter {
  return encodeFilter({
    predicate: { kind: 'always' },
    primaryKeyId: schema.primaryKey.fieldId,
  })
}

/** What filters of a schema are checked against, and those that were. It goes with the schema. */
interface KnownFilters {
  readonly schema: FilterSchema
  readonly filters: Map<string, Filter | undefined>
}

const knownFilters = new WeakMap<CollectionSchema, KnownFilters>()

function knownOf(schema: CollectionSchema): KnownFilters {
  const known = knownFilters.get(schema)
  if (known !== undefined) return known
  const made = { schema: filterSchemaOf(schema), filters: new Map<string, Filter | undefined>() }
  knownFilters.set(schema, made)
  return made
}

function read(
  schema: CollectionSchema,
  text: string,
  templates: TemplateValues | undefined,
): Filter | undefined {
  const plan = parseFilter(text, knownOf(schema).schema, templates)
  if (plan.predicate.kind === 'always') return undefined
  const { partitionKeyId } = schema
  return {
    encoded: encodeFilter(withAddedFields(schema, plan)),
    primaryKeys: primaryKeysOf(plan),
    partitionKeys: partitionKeyId === undefined ? undefined : valuesOf(plan, partitionKeyId),
  }
}

/** Threads know the fields that a segment has, and not those that it lacks. */
function withAddedFields(schema: CollectionSchema, plan: FilterPlan): FilterPlan {
  const asked = new Set(fieldsOf(plan))
  const addedFields = schema.fields.filter(
    ({ id, addedAt }) => addedAt !== undefined && asked.has(id),
  )
  return addedFields.length === 0 ? plan : { ...plan, addedFields }
}
