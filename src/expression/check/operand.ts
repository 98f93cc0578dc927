import type { ArrayColumnValue, JsonValue, ListLiteral, Value } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { Syntax } from '../syntax/syntax.ts'

/** What can stand on a side of an operator, checked and typed. */
export type Operand = Value | ListLiteral | ArrayColumnValue

/**
 * Types as far as operators tell them apart. Which of them a JSON value is shows only row by row:
 * it goes with any but `list`.
 */
export type OperandClass = 'bool' | 'integer' | 'float' | 'text' | 'json' | 'array' | 'list'

export function classOf(operand: Operand): OperandClass {
  switch (operand.kind) {
    case 'json':
      return 'json'
    case 'array':
      return 'array'
    case 'arrayLength':
      return 'integer'
    case 'constant':
    case 'column':
    case 'element':
    case 'arithmetic':
      return classes[operand.type]
  }
}

type TypeName = Extract<Operand, { readonly type: unknown }>['type']

const classes: Readonly<Record<TypeName, OperandClass>> = {
  Bool: 'bool',
  Int8: 'integer',
  Int16: 'integer',
  Int32: 'integer',
  Int64: 'integer',
  Float: 'float',
  Double: 'float',
  VarChar: 'text',
  List: 'list',
}

/** The operand's type as errors name it. */
export function typeNameOf(operand: Operand): string {
  switch (operand.kind) {
    case 'json':
      return 'JSON'
    case 'array':
      return `Array of ${operand.elementType}`
    case 'arrayLength':
      return 'Int64'
    case 'constant':
    case 'column':
    case 'element':
    case 'arithmetic':
      return operand.type
  }
}

/** What constants must become to be compared with an operand, or with an array's elements. */
export interface Target {
  readonly class: OperandClass
  /** A Float field: its constants are rounded as its values were, so that `f == 0.1` can be true. */
  readonly isFloat32: boolean
  /** The type as errors name it. */
  readonly typeName: string
}

export function targetOf(operand: Operand): Target {
  if (operand.kind === 'array') {
    const { elementType } = operand
    const typeName = `element of ${elementType}`
    return { class: classes[elementType], isFloat32: elementType === 'Float', typeName }
  }
  const isField = operand.kind === 'column' || operand.kind === 'element'
  return {
    class: classOf(operand),
    isFloat32: isField && operand.type === 'Float',
    typeName: typeNameOf(operand),
  }
}

/** Refuses what is no single value: lists, and Array and JSON fields as a whole. */
export function requireValue(operand: Operand, place: Syntax): Value {
  if (operand.kind === 'array') {
    throw new FilterFault('an Array field as a whole has no value here', place.offset)
  }
  if (operand.kind === 'constant' && operand.type === 'List') {
    throw new FilterFault('a list has no place here', place.offset)
  }
  if (operand.kind === 'json' && operand.path.length === 0) {
    throw new FilterFault('a JSON field as a whole has no value here: name a key', place.offset)
  }
  return operand
}

/** The operand as an array: an Array field, a JSON field, or a path in one. */
export function requireArray(
  operand: Operand,
  offset: number,
  taker: string,
): ArrayColumnValue | JsonValue {
  if (operand.kind === 'array' || operand.kind === 'json') return operand
  const reason = `${taker} takes an Array or JSON field, not ${typeNameOf(operand)}`
  throw new FilterFault(reason, offset)
}
