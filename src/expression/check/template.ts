import { int64Max, int64Min } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { Literal } from '../plan.ts'
import { FilterFault } from '../syntax/filter-fault.ts'
import type { SyntaxOf } from '../syntax/syntax.ts'

/**
 * A value for a `{name}` in a filter. The JavaScript type says which: a bigint is an Int64, a
 * number a Double.
 */
export type TemplateValue = boolean | bigint | number | string | readonly TemplateValue[]
export type TemplateValues = ReadonlyMap<string, TemplateValue>

/** The constant that a template stands for. */
export function literalOfTemplate(place: SyntaxOf<'template'>, templates: TemplateValues): Literal {
  const value = templates.get(place.name)
  if (value === undefined)
    throw new FilterFault(`no value is given for {${place.name}}`, place.offset)
  return literalOf(value, place, 1)
}

function literalOf(value: TemplateValue, place: SyntaxOf<'template'>, depth: number): Literal {
  const refuseIf = (isBad: boolean, reason: string): void => {
    if (isBad) throw new FilterFault(`the value of {${place.name}} ${reason}`, place.offset)
  }
  if (typeof value === 'boolean') return { kind: 'constant', type: 'Bool', value }
  if (typeof value === 'bigint') {
    refuseIf(value < int64Min || value > int64Max, 'does not fit 64 bits')
    return { kind: 'constant', type: 'Int64', value }
  }
  if (typeof value === 'number') {
    refuseIf(!Number.isFinite(value), 'is not finite')
    return { kind: 'constant', type: 'Double', value }
  }
  if (typeof value === 'string') {
    refuseIf(!value.isWellFormed(), 'is not well-formed Unicode')
    return { kind: 'constant', type: 'VarChar', value }
  }
  refuseIf(depth > limits.expressionDepthMax, 'is nested too deep')
  const elements = value.map((element) => literalOf(element, place, depth + 1))
  return { kind: 'constant', type: 'List', elements }
}
