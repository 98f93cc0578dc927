import { FilterFault } from '../syntax/filter-fault.ts'
import type { SyntaxOf } from '../syntax/syntax.ts'

type FunctionMeaning =
  | { readonly kind: 'arrayLength' }
  | { readonly kind: 'contains'; readonly quantifier: 'one' | 'any' | 'all' }

/** Names in lower case; upper case is as good, mixed is not. */
const functions: ReadonlyMap<string, FunctionMeaning> = new Map<string, FunctionMeaning>([
  ['array_length', { kind: 'arrayLength' }],
  ['array_contains', { kind: 'contains', quantifier: 'one' }],
  ['array_contains_any', { kind: 'contains', quantifier: 'any' }],
  ['array_contains_all', { kind: 'contains', quantifier: 'all' }],
  ['json_contains', { kind: 'contains', quantifier: 'one' }],
  ['json_contains_any', { kind: 'contains', quantifier: 'any' }],
  ['json_contains_all', { kind: 'contains', quantifier: 'all' }],
])

/** What Milvus has and we do not, so that an error says so instead of doubting the name. */
const unsupportedFunctions: ReadonlySet<string> = new Set([
  'text_match',
  'phrase_match',
  'random_sample',
  'element_filter',
  'match_all',
  'match_any',
  'match_least',
  'match_most',
  'match_exact',
  'st_equals',
  'st_touches',
  'st_overlaps',
  'st_crosses',
  'st_contains',
  'st_intersects',
  'st_within',
  'st_dwithin',
  'st_isvalid',
])

/** What a call calls. Refuses unknown names, and arguments of the wrong number. */
export function functionOf(call: SyntaxOf<'call'>): FunctionMeaning {
  const { name, offset } = call
  const lower = name === name.toUpperCase() ? name.toLowerCase() : name
  if (unsupportedFunctions.has(lower)) throw new FilterFault(`${lower} is not supported`, offset)
  const called = functions.get(lower)
  if (called === undefined) throw new FilterFault(`function ${name} not exist`, offset)
  const expected = called.kind === 'arrayLength' ? 1 : 2
  if (call.arguments.length === expected) return called
  const reason = `${lower} takes ${expected} arguments, not ${call.arguments.length}`
  throw new FilterFault(reason, offset)
}
