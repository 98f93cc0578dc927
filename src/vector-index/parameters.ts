import { ElanusError } from '../base/errors.ts'

/** What an index is built or searched with, kept as a number whatever it is written as. */
export type Parameter = IntegerParameter | NumberParameter | SwitchParameter | ChoiceParameter

export interface IntegerParameter {
  readonly kind: 'integer'
  readonly name: string
  readonly min: number
  readonly max: number
  readonly default: number
}

export interface NumberParameter {
  readonly kind: 'number'
  readonly name: string
  readonly min: number
  readonly max: number
  readonly default: number
}

/** True or false, kept as 1 or 0. */
export interface SwitchParameter {
  readonly kind: 'switch'
  readonly name: string
  readonly default: 0 | 1
}

/** One of a few words, in capitals; kept as its place among them. */
export interface ChoiceParameter {
  readonly kind: 'choice'
  readonly name: string
  readonly choices: readonly string[]
  readonly default: number
}

export const int32Max = 2_147_483_647
export const uint32Max = 4_294_967_295

/** The same seed builds the same index, on one thread. */
export const seedParameter: Parameter = {
  kind: 'integer',
  name: 'seed',
  min: 0,
  max: uint32Max,
  default: 42,
}

/** Milvus takes a number or its digits, and nothing for the default; its texts are kept. */
export function parseBuildParameter(parameter: Parameter, given: unknown): number {
  if (given === undefined || given === null || given === 'None') return parameter.default
  if (parameter.kind !== 'integer') return parseOther(parameter, given)
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
  if (parameter.kind !== 'integer') return parseOther(parameter, given)
  const value = integerOf(given)
  if (value === undefined) throw conflict(parameter.name, given, 'integer')
  return inRange(parameter, value)
}

function parseOther(parameter: Exclude<Parameter, IntegerParameter>, given: unknown): number {
  switch (parameter.kind) {
    case 'number': {
      const value = numberOf(given)
      if (value === undefined) throw conflict(parameter.name, given, 'a number')
      return inRange(parameter, value)
    }
    case 'switch': {
      const text = textOf(given).toLowerCase()
      if (text !== 'true' && text !== 'false') throw conflict(parameter.name, given, 'a boolean')
      return text === 'true' ? 1 : 0
    }
    case 'choice': {
      const { name, choices } = parameter
      const place = choices.indexOf(textOf(given).toUpperCase())
      if (place >= 0) return place
      const known = choices.join(', ')
      throw invalid(`invalid value for param '${name}': ${textOf(given)}, supported: ${known}`)
    }
  }
}

function inRange(parameter: IntegerParameter | NumberParameter, value: number): number {
  const { name, min, max } = parameter
  if (value >= min && value <= max) return value
  throw invalid(
    `Out of range in json: param '${name}' (${value}) should be in range [${min}, ${max}]`,
  )
}

function conflict(name: string, given: unknown, wanted: string): ElanusError {
  return invalid(`Type conflict in json: param '${name}' (${textOf(given)}) should be ${wanted}`)
}

function integerOf(given: unknown): number | undefined {
  if (typeof given === 'number' && Number.isInteger(given)) return given
  if (typeof given === 'bigint') return Number(given)
  if (typeof given === 'string' && /^[+-]?\d+$/.test(given.trim())) return Number(given)
  return undefined
}

function numberOf(given: unknown): number | undefined {
  if (typeof given === 'number') return Number.isFinite(given) ? given : undefined
  if (typeof given !== 'string' || given.trim() === '') return undefined
  const value = Number(given)
  return Number.isFinite(value) ? value : undefined
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : (JSON.stringify(given) ?? String(given))
}

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}
