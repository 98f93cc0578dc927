import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { ElanusError } from '../base/errors.ts'

type Invalid = (reason: string, cause?: unknown) => ElanusError

interface Command<Options extends ParseArgsOptionsConfig> {
  readonly values: ReturnType<
    typeof parseArgs<{ options: Options; allowPositionals: true }>
  >['values']
  /** The one file that a command is about. */
  readonly path: string
  /** An INVALID_ARGUMENT with the command's usage. */
  readonly invalid: Invalid
}

/** Throws INVALID_ARGUMENT for what the command does not know. */
export function parseCommand<Options extends ParseArgsOptionsConfig>(
  name: string,
  args: readonly string[],
  options: Options,
  usage: string,
): Command<Options> {
  const invalid: Invalid = (reason, cause) =>
    new ElanusError('INVALID_ARGUMENT', `Cannot run elanus ${name}: ${reason}\n\n${usage}`, {
      cause,
    })
  const { values, positionals } = parse(
    { args: [...args], options, allowPositionals: true },
    invalid,
  )
  const [path, ...more] = positionals
  if (path === undefined) throw invalid('it is given no file')
  if (more.length > 0) throw invalid(`it takes one file, not also ${more.join(' ')}`)
  return { values, path, invalid }
}

function parse<Options extends ParseArgsOptionsConfig>(
  config: { args: string[]; options: Options; allowPositionals: true },
  invalid: Invalid,
) {
  try {
    return parseArgs(config)
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), error)
  }
}

/** A whole number from 1 on. */
export function parseCount(name: string, text: string, invalid: Invalid): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw invalid(`${name} is a whole number from 1 on, not ${text}`)
}

/** `k=v` and `k=v,k=v`, each as often as there are. */
export function parseParams(
  texts: readonly string[],
  invalid: Invalid,
): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  for (const pair of texts.flatMap((text) => text.split(','))) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw invalid(`--params takes name=value, not ${pair}`)
    params[pair.slice(0, equals).trim()] = pair.slice(equals + 1).trim()
  }
  return params
}
