import type { FilterSchema } from '../filter-schema.ts'
import type { Literal, Value } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { Syntax, SyntaxOf } from '../syntax/syntax.ts'
import { checkBinary, checkUnary } from './check-arithmetic.ts'
import { checkReference } from './check-reference.ts'
import { functionOf } from './functions.ts'
import type { Operand } from './operand.ts'
import { requireArray, requireValue } from './operand.ts'
import type { TemplateValues } from './template.ts'
import { literalOfTemplate } from './template.ts'

/** What names in a filter can mean. */
export interface Scope {
  readonly schema: FilterSchema
  readonly templates: TemplateValues
}

/** Gives a value's names and types their meaning, and folds its constants. Refuses a condition. */
export function checkOperand(syntax: Syntax, scope: Scope): Operand {
  switch (syntax.kind) {
    case 'literal':
      return syntax.constant
    case 'template':
      return literalOfTemplate(syntax, scope.templates)
    case 'list':
      return checkList(syntax, scope)
    case 'reference':
      return checkReference(syntax, scope.schema)
    case 'unary':
      return checkUnary(syntax, checkValue(syntax.operand, scope))
    case 'binary':
      return checkBinary(syntax, checkValue(syntax.left, scope), checkValue(syntax.right, scope))
    case 'call':
      return checkArrayLength(syntax, scope)
    case 'comparison':
    case 'logical':
    case 'in':
    case 'like':
    case 'exists':
    case 'isNull':
      throw new FilterFault('expected a value, met a condition', syntax.offset)
  }
}

/** As `checkOperand`, and refuses what is no single value. */
export function checkValue(syntax: Syntax, scope: Scope): Value {
  return requireValue(checkOperand(syntax, scope), syntax)
}

/** As `checkOperand`, and refuses what is not constant. */
export function checkLiteral(syntax: Syntax, scope: Scope): Literal {
  const operand = checkOperand(syntax, scope)
  if (operand.kind === 'constant') return operand
  throw new FilterFault('expected a constant', syntax.offset)
}

function checkList(syntax: SyntaxOf<'list'>, scope: Scope): Literal {
  return {
    kind: 'constant',
    type: 'List',
    elements: syntax.elements.map((element) => checkLiteral(element, scope)),
  }
}

function checkArrayLength(syntax: SyntaxOf<'call'>, scope: Scope): Value {
  const called = functionOf(syntax)
  const [operand] = syntax.arguments
  if (called.kind !== 'arrayLength' || operand === undefined) {
    throw new FilterFault('expected a value, met a condition', syntax.offset)
  }
  const array = requireArray(checkOperand(operand, scope), operand.offset, 'array_length')
  return { kind: 'arrayLength', array }
}
