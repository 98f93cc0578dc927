import { ElanusError } from '../base/errors.ts'

/** A whole number that an index is built or searched with. */
export interface Parameter {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly default: number
}

/** Milvus takes a number or its digits, and nothing for the default; its texts are kept. */
export function parseBuildParameter(parameter: Parameter, given: unknown): number {
  if (given === undefined || given === null || given === 'None') return parameter.default
  const { name } = parameter
  const text = textOf(given)
  const value = integerOf(given)
  if (value === undefined) {
    const isNumber = text.trim() !== '' && Number.isFinite(Number(text)) && !Array.isArray(given)
    const problem = isNumber ? 'wrong data type in json' : 'invalid integer value'
    throw invalid(`${problem}, key: '${name}', value: '${text}': invalid parameter`)
  }
  return inRange(parameter, value)
}

/** Undefined when it is not given: what it is then may depend on the request. */
export function parseSearchParameter(parameter: Parameter, given: unknown): number | undefined {
  if (given === undefined) return undefined
  const value = integerOf(given)
  if (value === undefined) {
    const text = textOf(given)
    throw invalid(`Type conflict in json: param '${parameter.name}' (${text}) should be integer`)
  }
  return inRange(parameter, value)
}

function inRange(parameter: Parameter, value: number): number {
  const { name, min, max } = parameter
  if (value >= min && value <= max) return value
  throw invalid(
    `Out of range in json: param '${name}' (${value}) should be in range [${min}, ${max}]`,
  )
}

function integerOf(given: unknown): number | undefined {
  if (typeof given === 'number' && Number.isInteger(given)) return given
  if (typeof given === 'bigint') return Number(given)
  if (typeof given === 'string' && /^[+-]?\d+$/.test(given.trim())) return Number(given)
  return undefined
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : (JSON.stringify(given) ?? String(given))
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
