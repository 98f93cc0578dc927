import { ElanusError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { checkPredicate } from './check/check-predicate.ts'
import type { TemplateValues } from './check/template.ts'
import type { FilterSchema } from './filter-schema.ts'
import type { FilterPlan } from './plan.ts'
import { clip, FilterFault, toFilterError } from './syntax/filter-fault.ts'
import { parseSyntax } from './syntax/parser.ts'

export type { TemplateValue, TemplateValues } from './check/template.ts'

/**
 * Reads a filter in Milvus's language and checks it against a schema. A blank filter passes every
 * row. Throws INVALID_ARGUMENT, with the place and the reason, for whatever is no filter of this
 * schema or is beyond the limits of length, depth and size.
 */
export function parseFilter(
  text: string,
  schema: FilterSchema,
  templates: TemplateValues = new Map(),
): FilterPlan {
  const { primaryKeyId } = schema
  if (text.length > limits.expressionLengthMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `cannot parse expression: ${clip(text)}, error: it has ${text.length} characters, the most is ${limits.expressionLengthMax}`,
    )
  }
  if (text.trim() === '') return { predicate: { kind: 'always' }, primaryKeyId }
  try {
    const syntax = parseSyntax(text)
    return { predicate: checkPredicate(syntax, { schema, templates }, false), primaryKeyId }
  } catch (thrown) {
    if (thrown instanceof FilterFault) throw toFilterError(thrown, text)
    throw thrown
  }
}
