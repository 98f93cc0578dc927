import { ElanusError } from '../../base/errors.ts'
import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'
import { isScalarType, type ScalarTypeName } from '../../schema/data-type.ts'
import { rowIdFieldId } from '../../schema/system-fields.ts'
import { compareTerm } from '../../segment/row-order.ts'
import type { RowValue } from '../../segment/row-values.ts'
import {
  type Aggregate,
  type AggregateName,
  type Aggregation,
  aggregateNames,
  type RowGroup,
} from '../../workers/tasks.ts'
import type { OrderBy, OutputColumn, QueryRequest } from './proxy.ts'
import { columnOfValues } from './value-column.ts'

/** A query for groups: what is computed, and the columns that are returned. */
export interface GroupQuery {
  readonly aggregation: Aggregation
  readonly outputs: readonly GroupOutput[]
}

type GroupOutput = { readonly name: string; readonly type: ScalarTypeName } & (
  | { readonly kind: 'key'; readonly index: number; readonly field: FieldSchema }
  | { readonly kind: 'result'; readonly index: number }
)

/**
 * The groups that a query asks for, undefined when it asks for rows. Of each group there are the
 * fields that rows are grouped by, and `count(*)`, or `count`, `sum`, `min`, `max` and `avg` of a
 * field. INVALID_ARGUMENT for anything else beside them.
 */
export function groupQueryOf(
  schema: CollectionSchema,
  { outputFields, groupBy = [] }: QueryRequest,
): GroupQuery | undefined {
  const asked = outputFields.map((name) => ({ name, aggregate: aggregateOf(schema, name) }))
  if (groupBy.length === 0 && asked.every(({ aggregate }) => aggregate === undefined)) {
    return undefined
  }
  const keys = groupBy.map((name) => plainFieldOf(schema, name, 'group by'))
  const missing = groupBy.find((name) => !outputFields.includes(name))
  if (missing !== undefined) throw invalid(`group by field ${missing} must be in output_fields`)
  const aggregates: Aggregate[] = []
  const outputs = asked.map(({ name, aggregate }): GroupOutput => {
    if (aggregate !== undefined) {
      aggregates.push(aggregate)
      return { kind: 'result', name, type: typeOf(aggregate), index: aggregates.length - 1 }
    }
    const index = groupBy.indexOf(name)
    const field = keys[index]
    if (field !== undefined) return { kind: 'key', name, type: field.type, index, field }
    throw invalid(`field ${name} in output_fields is neither grouped by nor aggregated`)
  })
  return { aggregation: { groupBy: keys, aggregates }, outputs }
}

/** Undefined for what is no call: a field's name, perhaps. */
function aggregateOf(schema: CollectionSchema, text: string): Aggregate | undefined {
  const call = /^\s*([a-z]+)\s*\(\s*(\*|[A-Za-z_]\w*)\s*\)\s*$/.exec(text)
  const name = aggregateNames.find((known) => known === call?.[1])
  const argument = call?.[2]
  if (name === undefined || argument === undefined) return undefined
  if (argument !== '*') {
    const field = plainFieldOf(schema, argument, name)
    checkSummable(name, field)
    return { name, field }
  }
  if (name === 'count') return { name, field: undefined }
  throw invalid(`${name} is of a field, not of *`)
}

type SimpleField = FieldSchema & { readonly type: ScalarTypeName }

/** A field that has one plain value in a row. */
export function plainFieldOf(schema: CollectionSchema, name: string, purpose: string): SimpleField {
  const field = schema.fields.find((known) => known.name === name)
  if (field === undefined) throw invalid(`field ${name} not exist`)
  if (isSimple(field)) return field
  throw invalid(`${purpose} does not support field ${name} of type ${field.type}`)
}

function isSimple(field: FieldSchema): field is SimpleField {
  return isScalarType(field.type)
}

function checkSummable(name: AggregateName, { name: fieldName, type }: SimpleField): void {
  if (name !== 'sum' && name !== 'avg') return
  if (type !== 'VarChar' && type !== 'Bool') return
  throw invalid(`${name} does not support field ${fieldName} of type ${type}`)
}

function typeOf({ name, field }: Aggregate): ScalarTypeName {
  if (name === 'count' || field === undefined || !isSimple(field)) return 'Int64'
  if (name === 'avg') return 'Double'
  if (name !== 'sum') return field.type
  return field.type === 'Float' || field.type === 'Double' ? 'Double' : 'Int64'
}

/** The groups as columns: those of the page, in the order that is asked for. */
export function groupColumns(
  { outputs }: GroupQuery,
  groups: readonly RowGroup[],
  request: QueryRequest,
): readonly OutputColumn[] {
  const { offset, limit, orderBy = [] } = request
  const ordered = orderBy.length === 0 ? groups : groups.toSorted(groupComparator(outputs, orderBy))
  const page = ordered.slice(offset, limit === undefined ? undefined : offset + limit)
  return outputs.map((output) => {
    const values = page.map((group) => valueOf(output, group))
    const fieldId = output.kind === 'key' ? output.field.id : rowIdFieldId
    return { fieldId, name: output.name, column: columnOfValues(output.type, values) }
  })
}

function valueOf(output: GroupOutput, group: RowGroup): RowValue {
  return output.kind === 'key' ? group.keys[output.index] : group.results[output.index]
}

function groupComparator(
  outputs: readonly GroupOutput[],
  orderBy: readonly OrderBy[],
): (left: RowGroup, right: RowGroup) => number {
  const terms = orderBy.map((term) => {
    const output = outputs.find(({ name }) => name === term.name)
    if (output !== undefined) return { ...term, output }
    throw invalid(`order by ${term.name} is not in output_fields`)
  })
  return (left, right) => {
    for (const { output, ...term } of terms) {
      const order = compareTerm(term, valueOf(output, left), valueOf(output, right))
      if (order !== 0) return order
    }
    return 0
  }
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
