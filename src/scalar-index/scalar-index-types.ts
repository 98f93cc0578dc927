import { ElanusError } from '../base/errors.ts'
import type { JsonSteps } from '../expression/field-index.ts'
import { filterSchemaOf } from '../expression/filter-schema.ts'
import { parseFilter } from '../expression/parse-filter.ts'
import type { CollectionSchema, FieldSchema, KeyValues } from '../schema/collection-schema.ts'
import { type DataTypeName, isVectorType, type ScalarTypeName } from '../schema/data-type.ts'
import type { ScalarIndexTarget } from './build-scalar-index.ts'

/**
 * Milvus's names for indexes of scalars. All are served by the one structure of this folder, which
 * takes the shape that the values call for: what a bitmap is for few different values, what a sorted
 * list is for many, and what a trie is for prefixes. The name is checked as Milvus does and echoed.
 */
export const scalarIndexTypes = ['INVERTED', 'BITMAP', 'STL_SORT', 'TRIE', 'AUTOINDEX'] as const
export type ScalarIndexTypeName = (typeof scalarIndexTypes)[number]

/** The type that a client asks for on a field that is no vector. Throws INVALID_ARGUMENT, INDEX_NOT_SUPPORTED. */
export function parseScalarIndexType(
  field: FieldSchema,
  primaryKeyId: FieldSchema['id'],
  given: KeyValues,
): ScalarIndexTypeName {
  const params = paramsOf(given)
  const asked = params['index_type'] ?? ''
  const name = asked === '' ? 'AUTOINDEX' : asked.toUpperCase()
  const type = scalarIndexTypes.find((known) => known === name)
  if (type === undefined) {
    const message = `data type ${field.type} can't build with this index ${asked}`
    throw new ElanusError('INDEX_NOT_SUPPORTED', message)
  }
  const fault =
    (field.type === 'JSON' ? jsonFault(type, params) : undefined) ??
    faults[type](field, field.id === primaryKeyId)
  if (fault === undefined) return type
  throw new ElanusError('INVALID_ARGUMENT', `${fault}: ${invalidParams}`)
}

/** What an index that was defined so puts in order. */
export function scalarIndexTargetOf(
  schema: CollectionSchema,
  { fieldId, given }: { readonly fieldId: FieldSchema['id']; readonly given: KeyValues },
): ScalarIndexTarget {
  const params = paramsOf(given)
  const castType = jsonCastTypes.find((known) => known === params['json_cast_type']?.toUpperCase())
  const text = params['json_path']
  if (castType === undefined || text === undefined) return { fieldId }
  return { fieldId, json: { path: jsonPathOf(schema, fieldId, text), castType } }
}

/** The path as the client wrote it; empty where there is none. A field may have an index for each. */
export function jsonPathIn(given: KeyValues): string {
  return paramsOf(given)['json_path'] ?? ''
}

/** Paths are written as in filters, so that is how they are read. */
function jsonPathOf(schema: CollectionSchema, fieldId: FieldSchema['id'], text: string): JsonSteps {
  const { predicate } = parseFilter(`${text} is null`, filterSchemaOf(schema))
  if (predicate.kind === 'isNull' && predicate.value.kind === 'json' && !predicate.isNegated) {
    const { value } = predicate
    if (value.fieldId === fieldId && value.path.length > 0) return value.path
  }
  throw new ElanusError('INVALID_ARGUMENT', `invalid json path: ${text}: ${invalidParams}`)
}

const invalidParams = 'invalid parameter[expected=valid index params][actual=invalid index params]'

/** Those by which values are put in order; the others are for arrays and objects, which have none. */
const jsonCastTypes = ['BOOL', 'DOUBLE', 'VARCHAR'] as const

/** What speaks against a type on a field, as Milvus says it; undefined: nothing. */
type FaultFinder = (field: FieldSchema, isPrimaryKey: boolean) => string | undefined

const faults: Readonly<Record<ScalarIndexTypeName, FaultFinder>> = {
  AUTOINDEX: () => undefined,
  INVERTED: ({ type }) =>
    isVectorType(type) ? `INVERTED are not supported on ${type} field` : undefined,
  STL_SORT: ({ type }) =>
    isNumber(type) || type === 'VarChar'
      ? undefined
      : `STL_SORT are only supported on numeric or varchar field, got ${type}`,
  TRIE: ({ type }) => (type === 'VarChar' ? undefined : 'TRIE are only supported on varchar field'),
  BITMAP: (field, isPrimaryKey) => {
    if (isPrimaryKey) return 'create bitmap index on primary key not supported'
    if (field.type === 'Array') {
      return isEnumerable(field.elementType)
        ? undefined
        : 'bitmap index are only supported on bool, int, string for array field'
    }
    return isEnumerable(field.type)
      ? undefined
      : 'bitmap index are only supported on bool, int, string and array field'
  },
}

function isNumber(type: DataTypeName): boolean {
  return isInteger(type) || type === 'Float' || type === 'Double'
}

function isInteger(type: DataTypeName): boolean {
  return type === 'Int8' || type === 'Int16' || type === 'Int32' || type === 'Int64'
}

function isEnumerable(type: DataTypeName | ScalarTypeName): boolean {
  return isInteger(type) || type === 'Bool' || type === 'VarChar'
}

const castTypes = [
  'BOOL',
  'DOUBLE',
  'VARCHAR',
  'ARRAY_BOOL',
  'ARRAY_DOUBLE',
  'ARRAY_VARCHAR',
  'JSON',
] as const

/** An index of JSON is of one path in it, whose values are taken as one type. */
function jsonFault(
  type: ScalarIndexTypeName,
  params: Readonly<Record<string, string>>,
): string | undefined {
  if (type !== 'INVERTED' && type !== 'AUTOINDEX') return undefined
  const castType = params['json_cast_type']
  if (castType === undefined) {
    return 'json index must specify cast type: missing parameter[missing_param=json_cast_type]'
  }
  const cast = castType.toUpperCase()
  if (!castTypes.some((known) => known === cast)) {
    return `json_cast_type ${castType} is not supported`
  }
  const castFunction = params['json_cast_function']
  if (castFunction === undefined) return undefined
  if (castFunction !== 'STRING_TO_DOUBLE') {
    return `json_cast_function ${castFunction} is not supported`
  }
  if (cast === 'DOUBLE') return undefined
  return `json_cast_function ${castFunction} is not supported for json_cast_type ${castType}`
}

/** Single parameters, and those in `params`, which is JSON. */
function paramsOf(given: KeyValues): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  for (const { key, value } of given) {
    if (key !== 'params') params[key] = value
    else for (const [name, inner] of Object.entries(parseJson(value))) params[name] = String(inner)
  }
  return params
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Falls through to the same answer as for JSON that is no object.
  }
  throw new ElanusError('INVALID_ARGUMENT', `Cannot read index params ${text}: not JSON`)
}
