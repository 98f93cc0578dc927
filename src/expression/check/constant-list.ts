import type { Constant, ConstantList, Literal } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { OperandClass, Target } from './operand.ts'
import { typeNameOf } from './operand.ts'

/** The constant as the target's type has it. Refuses what does not convert, and lists. */
export function castScalar(constant: Literal, target: Target, offset: number): Constant {
  switch (target.class) {
    case 'json':
      if (constant.type !== 'List') return constant
      break
    case 'integer':
      if (constant.type === 'Int64') return constant
      break
    case 'text':
      if (constant.type === 'VarChar') return constant
      break
    case 'bool':
      if (constant.type === 'Bool') return constant
      break
    case 'float':
      if (constant.type === 'Int64' || constant.type === 'Double') {
        return { kind: 'constant', type: 'Double', value: toFloat(Number(constant.value), target) }
      }
      break
    case 'array':
    case 'list':
      break
  }
  const reason = `type mismatch: ${target.typeName} and ${typeNameOf(constant)}${hint(constant, target)}`
  throw new FilterFault(reason, offset)
}

/** Casts each element and drops repetitions. JSON's list may hold lists. */
export function listOf(elements: readonly Literal[], target: Target, offset: number): ConstantList {
  if (target.class === 'json') return { type: 'Mixed', values: elements }
  return constantListOf(
    elements.map((element) => castScalar(element, target, offset)),
    target.class,
  )
}

/** The list of constants that all are of the class. */
export function constantListOf(
  constants: readonly Constant[],
  constantClass: OperandClass,
): ConstantList {
  const values = constants.map((constant) => constant.value)
  switch (constantClass) {
    case 'bool':
      return { type: 'Bool', values: unique(values.filter((value) => typeof value === 'boolean')) }
    case 'integer': {
      const integers = values.filter((value) => typeof value === 'bigint')
      return { type: 'Int64', values: withoutRuns(new BigInt64Array(integers).sort()) }
    }
    case 'float': {
      // The sum makes zero of negative zero, which would be sorted apart from it.
      const numbers = values.filter((value) => typeof value === 'number').map((value) => value + 0)
      return { type: 'Double', values: withoutRuns(new Float64Array(numbers).sort()) }
    }
    case 'text':
      return {
        type: 'VarChar',
        values: unique(values.filter((value) => typeof value === 'string')),
      }
    case 'json':
    case 'array':
    case 'list':
      return { type: 'Mixed', values: constants }
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}

/** Drops repetitions from what is sorted: a set of many bigints would take several times as long. */
function withoutRuns<Values extends BigInt64Array | Float64Array>(sorted: Values): Values
function withoutRuns(sorted: BigInt64Array | Float64Array): BigInt64Array | Float64Array {
  return sorted.filter((value: bigint | number, i: number) => i === 0 || value !== sorted[i - 1])
}

/** Beyond float32's range a constant stays as it is: no value reaches it, not even infinity. */
function toFloat(value: number, target: Target): number {
  if (!target.isFloat32) return value
  const rounded = Math.fround(value)
  return Number.isFinite(rounded) ? rounded : value
}

function hint(constant: Literal, target: Target): string {
  const isFraction = constant.type === 'Double' && target.class === 'integer'
  return isFraction ? `: ${constant.value} is no integer literal` : ''
}
