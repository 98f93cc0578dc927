import type { Condition, Literal, Operator, Term } from './model.ts'
import type { Json, SampleRow } from './sample-schema.ts'
import { sampleSchema } from './sample-schema.ts'

/**
 * Decides a condition for one row, as a person would by the rules: true, false, or undefined for
 * unknown. Slow and plain, and it shares no code with the engine.
 */
export function decide(condition: Condition, row: SampleRow): boolean | undefined {
  switch (condition.kind) {
    case 'and': {
      const outcomes = condition.operands.map((operand) => decide(operand, row))
      if (outcomes.includes(false)) return false
      return outcomes.includes(undefined) ? undefined : true
    }
    case 'or': {
      const outcomes = condition.operands.map((operand) => decide(operand, row))
      if (outcomes.includes(true)) return true
      return outcomes.includes(undefined) ? undefined : false
    }
    case 'not':
      return not(decide(condition.operand, row))
    case 'flag':
      return row.flag
    case 'compare':
      return compare(condition, row)
    case 'between': {
      const { low, middle, high, operators } = condition
      const first = compare({ operator: operators[0], left: low, right: middle }, row)
      const second = compare({ operator: operators[1], left: middle, right: high }, row)
      if (first === false || second === false) return false
      return first === undefined || second === undefined ? undefined : true
    }
    case 'in': {
      const outcome = isIn(condition.term, condition.list, row)
      return condition.isNot ? not(outcome) : outcome
    }
    case 'like': {
      const value = valueOf(condition.term, row)
      return typeof value === 'string' ? patternOf(condition.pattern).test(value) : undefined
    }
    case 'exists':
      return !isAbsent(valueOf(condition.term, row))
    case 'isNull':
      return isAbsent(valueOf(condition.term, row)) !== condition.isNot
    case 'contains':
      return contains(condition, row)
    case 'sameList': {
      const value = valueOf(condition.term, row)
      if (!isList(value)) return undefined
      return isSame(value, roundedFor(condition.term, condition.list)) !== condition.isNot
    }
  }
}

function not(outcome: boolean | undefined): boolean | undefined {
  return outcome === undefined ? undefined : !outcome
}

function compare(
  { operator, left, right }: { operator: Operator; left: Term; right: Term },
  row: SampleRow,
): boolean | undefined {
  const a = left.kind === 'literal' ? roundedFor(right, left.value) : valueOf(left, row)
  const b = right.kind === 'literal' ? roundedFor(left, right.value) : valueOf(right, row)
  const isNumbers = isNumber(a) && isNumber(b)
  if (!isNumbers && (typeof a !== typeof b || isAbsent(a) || typeof a === 'object'))
    return undefined
  if (typeof a === 'boolean' && operator !== '==' && operator !== '!=') return undefined
  switch (operator) {
    case '==':
      return isSame(a, b)
    case '!=':
      return !isSame(a, b)
    case '<':
      return isLess(a, b)
    case '>':
      return isLess(b, a)
    case '<=':
      return isLess(a, b) || isSame(a, b)
    case '>=':
      return isLess(b, a) || isSame(a, b)
  }
}

function isIn(term: Term, list: readonly Literal[], row: SampleRow): boolean | undefined {
  const value = valueOf(term, row)
  if (isAbsent(value)) return undefined
  const rounded = list.map((element) => roundedFor(term, element))
  const isComparable =
    !isJson(term) ||
    list.length === 0 ||
    rounded.some((element) => kindOf(element) === kindOf(value))
  return isComparable ? rounded.some((element) => isSame(value, element)) : undefined
}

function contains(
  { name, term, list }: { name: string; term: Term; list: readonly Literal[] },
  row: SampleRow,
): boolean | undefined {
  const value = valueOf(term, row)
  if (!isList(value)) return undefined
  const found = list.map((element) => value.some((held) => isSame(held, roundedFor(term, element))))
  return /_all$/i.test(name) ? !found.includes(false) : found.includes(true)
}

/** A literal as a Float field's values are: rounded to 24 bits. */
function roundedFor(term: Term, literal: Literal): Literal {
  const isFloat = 'name' in term && (term.name === 'ratio' || term.name === 'floats')
  if (!isFloat) return literal
  if (isLiteralList(literal)) return literal.map((element) => roundedFor(term, element))
  const isNumeric = typeof literal === 'number' || typeof literal === 'bigint'
  if (!isNumeric) return literal
  const rounded = Math.fround(Number(literal))
  // Too large for a Float: no value is as large, not even an infinite one is equal.
  return Number.isFinite(rounded) ? rounded : literal
}

function isLiteralList(literal: Literal): literal is readonly Literal[] {
  return Array.isArray(literal)
}

function isJson(term: Term): boolean {
  if (term.kind === 'field') return !fieldNames.has(term.name)
  return term.kind === 'path' && !arrayNames.has(term.name)
}

const arrayNames: ReadonlySet<string> = new Set(['numbers', 'bigs', 'words', 'floats'])

/** Null and absent are the same to every rule. */
function valueOf(term: Term, row: SampleRow): Json | undefined {
  switch (term.kind) {
    case 'literal':
      return term.value
    case 'field':
      return fieldOf(term.name, row)
    case 'path': {
      let value: Json | undefined = fieldOf(term.name, row)
      for (const step of term.path) value = stepInto(value, step)
      return value
    }
    case 'length': {
      const value = valueOf(term.term, row)
      return isList(value) ? BigInt(value.length) : undefined
    }
    case 'negative':
      return compute('-', { kind: 'literal', value: 0n }, term.term, row)
    case 'complement': {
      const value = wholeOf(valueOf(term.term, row))
      return value === undefined ? undefined : -value - 1n
    }
    case 'sum':
      return compute(term.operator, term.left, term.right, row)
  }
}

const fieldNames: ReadonlySet<string> = new Set(sampleSchema.fields.keys())

/** Whole numbers of typed fields are bigints, so that arithmetic tells them from fractions. */
function fieldOf(name: string, row: SampleRow): Json | undefined {
  const value = entriesOf(row)[name]
  if (value === undefined && !fieldNames.has(name)) return stepInto(row.$meta, name)
  const isWhole = ['tiny', 'short', 'count', 'numbers'].includes(name)
  if (isWhole && typeof value === 'number') return BigInt(value)
  if (isWhole && isList(value)) return value.map((element) => BigInt(Number(element)))
  return value
}

function entriesOf(row: SampleRow): Readonly<Record<string, Json | undefined>> {
  return { ...row }
}

function stepInto(value: Json | undefined, step: string | number): Json | undefined {
  if (isList(value)) return typeof step === 'number' ? value[step] : undefined
  if (typeof value !== 'object' || value === null || typeof step === 'number') return undefined
  return Object.hasOwn(value, step) ? value[step] : undefined
}

function compute(
  operator: string,
  leftTerm: Term,
  rightTerm: Term,
  row: SampleRow,
): number | bigint | undefined {
  const [left, right] = [valueOf(leftTerm, row), valueOf(rightTerm, row)]
  if (!isNumber(left) || !isNumber(right)) return undefined
  if (['&', '|', '^', '<<', '>>'].includes(operator)) {
    const [a, b] = [wholeOf(left), wholeOf(right)]
    return a === undefined || b === undefined ? undefined : computeBits(operator, a, b)
  }
  const isTyped = !isJson(leftTerm) && !isJson(rightTerm)
  if (isTyped && typeof left === 'bigint' && typeof right === 'bigint' && operator !== '**') {
    return computeWhole(operator, left, right)
  }
  return computeFloat(operator, Number(left), Number(right))
}

function computeWhole(operator: string, a: bigint, b: bigint): bigint | undefined {
  if (b === 0n && (operator === '/' || operator === '%')) return undefined
  const results: Readonly<Record<string, () => bigint>> = {
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '/': () => a / b,
    '%': () => a % b,
  }
  const result = results[operator]?.()
  return result === undefined || BigInt.asIntN(64, result) !== result ? undefined : result
}

function computeBits(operator: string, a: bigint, b: bigint): bigint | undefined {
  if (operator === '&') return a & b
  if (operator === '|') return a | b
  if (operator === '^') return a ^ b
  if (b < 0n || b > 63n) return undefined
  return operator === '<<' ? BigInt.asIntN(64, a * 2n ** b) : a >> b
}

function computeFloat(operator: string, a: number, b: number): number | undefined {
  if (b === 0 && (operator === '/' || operator === '%')) return undefined
  if (operator === '+') return a + b
  if (operator === '-') return a - b
  if (operator === '*') return a * b
  if (operator === '/') return a / b
  return operator === '%' ? a % b : a ** b
}

/** The value as a 64-bit integer, where it is one. */
function wholeOf(value: Json | undefined): bigint | undefined {
  if (!isNumber(value) || (typeof value === 'number' && !Number.isInteger(value))) return undefined
  const whole = BigInt(value)
  return BigInt.asIntN(64, whole) === whole ? whole : undefined
}

function isAbsent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null
}

function isNumber(value: Json | undefined): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function kindOf(value: Json): string {
  return isNumber(value) ? 'number' : isList(value) ? 'list' : typeof value
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (isNumber(a) && isNumber(b)) return a >= b && a <= b
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((held, i) => isSame(held, b[i]))
  return a === b && !isAbsent(a)
}

function isLess(a: Json | undefined, b: Json | undefined): boolean {
  if (isNumber(a) && isNumber(b)) return a < b
  return (
    typeof a === 'string' &&
    typeof b === 'string' &&
    Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
  )
}

function patternOf(pattern: string): RegExp {
  const parts = [...pattern.matchAll(/\\[%_\\]|[^]/gu)].map(([part]) => {
    if (part === '%') return '.*'
    if (part === '_') return '.'
    const text = part.length === 2 && part.startsWith('\\') ? part.slice(1) : part
    return text.replace(/[.*+?^${}()|[\]\\/-]/gu, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`, 'su')
}
