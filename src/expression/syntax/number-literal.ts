import { FilterFault } from './filter-fault.ts'
import type { Token } from './token.ts'

interface Read {
  readonly token: Token
  readonly end: number
}

/** Everything that hangs together with a digit at its head, well formed or not. */
const numberRun = /(?:0[xX][0-9a-fA-F.]*(?:[pP][+-]?)?|[0-9.]*(?:[eE][+-]?)?)[A-Za-z0-9_.]*/y
const decimal = /^(?:0|[1-9][0-9]*)$/
const octal = /^0[0-7]+$/
const hexadecimal = /^0[xX][0-9a-fA-F]+$/
const binary = /^0[bB][01]+$/
const float = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const hexadecimalFloat = /^0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/

/** Digits enough for 2^63 in binary: longer ones would only cost time on their way to an error. */
const significantDigitsMax = 64

/**
 * Reads a C number: decimal, 0x, 0b and 0-octal integers, decimal and hexadecimal floats. Refuses
 * integers above 2^63 and floats that are not finite.
 */
export function readNumber(text: string, offset: number): Read {
  numberRun.lastIndex = offset
  const run = numberRun.exec(text)?.[0] ?? ''
  const end = offset + run.length
  const integer = integerDigits(run)
  if (integer !== undefined) {
    return { token: { kind: 'integer', value: readInteger(run, integer, offset), offset }, end }
  }
  const value = readFloat(run)
  if (value === undefined) throw new FilterFault(`malformed number ${shown(run)}`, offset)
  if (!Number.isFinite(value)) throw new FilterFault(`float overflow: ${shown(run)}`, offset)
  return { token: { kind: 'float', value, offset }, end }
}

/** The run's digits without leading zeros, with the prefix that BigInt knows. */
function integerDigits(run: string): { prefix: string; digits: string } | undefined {
  if (decimal.test(run)) return { prefix: '', digits: run }
  if (octal.test(run)) return { prefix: '0o', digits: run.replace(/^0+(?=.)/, '') }
  if (hexadecimal.test(run)) return { prefix: '0x', digits: run.slice(2).replace(/^0+(?=.)/, '') }
  if (binary.test(run)) return { prefix: '0b', digits: run.slice(2).replace(/^0+(?=.)/, '') }
  return undefined
}

function readInteger(
  run: string,
  { prefix, digits }: { prefix: string; digits: string },
  offset: number,
): bigint {
  const value = digits.length > significantDigitsMax ? undefined : BigInt(prefix + digits)
  if (value === undefined || value > 2n ** 63n) {
    throw new FilterFault(`integer overflow: ${shown(run)} does not fit 64 bits`, offset)
  }
  return value
}

function readFloat(run: string): number | undefined {
  if (float.test(run)) return Number(run)
  const [, whole = '', fraction = '', exponent = ''] = hexadecimalFloat.exec(run) ?? []
  const digits = whole + fraction
  // Beyond this many digits the value would not be exact; C leaves that to the implementation.
  if (digits === '' || digits.length > 13) return undefined
  return Number.parseInt(digits, 16) * 2 ** (Number(exponent) - 4 * fraction.length)
}

function shown(run: string): string {
  return run.length <= 40 ? run : `${run.slice(0, 40)}…`
}
