import { dynamicFieldName } from '../../schema/collection-schema.ts'
import type { FilterField, FilterSchema } from '../filter-schema.ts'
import type { ArrayColumnValue, ColumnValue, ElementValue, JsonValue } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { SyntaxOf } from '../syntax/syntax.ts'

/** What a name can stand for. */
export type Reference = ColumnValue | ElementValue | ArrayColumnValue | JsonValue

/**
 * What a name with its path means. A name that no field has is a key of the dynamic field, if there
 * is one.
 */
export function checkReference(syntax: SyntaxOf<'reference'>, schema: FilterSchema): Reference {
  const { name, path } = syntax
  const field = schema.fields.get(name)
  if (field !== undefined) return checkField(field, syntax)
  const { dynamicFieldId } = schema
  if (dynamicFieldId === undefined) throw new FilterFault(`field ${name} not exist`, syntax.offset)
  return {
    kind: 'json',
    fieldId: dynamicFieldId,
    path: name === dynamicFieldName ? path : [name, ...path],
  }
}

function checkField(field: FilterField, { path, offset }: SyntaxOf<'reference'>): Reference {
  const { id: fieldId, name } = field
  switch (field.type) {
    case 'JSON':
      return { kind: 'json', fieldId, path }
    case 'Array': {
      const [index, ...rest] = path
      if (index === undefined) return { kind: 'array', fieldId, elementType: field.elementType }
      if (typeof index === 'string' || rest.length > 0) {
        throw new FilterFault(`field ${name} is an Array: it takes one index`, offset)
      }
      return { kind: 'element', fieldId, type: field.elementType, index }
    }
    case 'BinaryVector':
    case 'FloatVector':
    case 'Float16Vector':
    case 'BFloat16Vector':
    case 'Int8Vector':
      throw new FilterFault(`field ${name} is a ${field.type}: filters take scalars`, offset)
    case 'Bool':
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'Int64':
    case 'Float':
    case 'Double':
    case 'VarChar':
      if (path.length === 0) return { kind: 'column', fieldId, type: field.type }
      throw new FilterFault(`field ${name} is ${field.type}: it has no keys`, offset)
  }
}
