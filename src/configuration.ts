import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ElanusError } from './base/errors.ts'
import { type Settings, settingsDefault } from './services/settings.ts'

/** Everything that a server is told from outside, checked. */
export interface Configuration {
  readonly dataFolder: string
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly settings: Settings
  readonly role: Role
}

/** What the process is: a server, or a node that works for one. */
export type Role =
  | { readonly kind: 'server' }
  /** `coordinator` is `host:port`. */
  | { readonly kind: 'index-node' | 'data-node'; readonly coordinator: string }

export const usage = `Usage: elanus serve [options]

  --data <folder>    where everything is kept        (ELANUS_DATA, ./elanus-data)
  --port <number>    0 picks a free one              (ELANUS_PORT, 19530)
  --host <address>   127.0.0.1: this machine only    (ELANUS_HOST, 0.0.0.0)
  --role <role>      server, or a node that works for one: index-node, data-node (ELANUS_ROLE)
  --coordinator <address>  whom a node works for, on the same --data (ELANUS_COORDINATOR)
  --config <file>    JSON with these and the settings of ARCHITECTURE.md (ELANUS_CONFIG)
  --help, --version

An option outweighs the environment, which outweighs the file.`

const defaults = { data: './elanus-data', host: '0.0.0.0', port: '19530' }
/** A node is called back at its address, and any port will do. */
const nodeDefaults = { ...defaults, host: '127.0.0.1', port: '0' }

/** INVALID_ARGUMENT names what is wrong: an option, a variable, or a key of the file. */
export async function readConfiguration(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Configuration> {
  const options = parseOptions(args)
  const path = options.config ?? environment['ELANUS_CONFIG']
  const file = path === undefined ? {} : await readFileOptions(path)
  const given = (name: keyof Options): string | undefined =>
    options[name] ?? environment[`ELANUS_${name.toUpperCase()}`] ?? textOf(file, name)
  const role = parseRole(given('role') ?? 'server', given('coordinator'))
  const text = (name: 'data' | 'host' | 'port'): string =>
    given(name) ?? (role.kind === 'server' ? defaults : nodeDefaults)[name]
  return {
    dataFolder: text('data'),
    host: text('host'),
    port: parsePort(text('port')),
    settings: parseSettings(file),
    role,
  }
}

interface Options {
  readonly data?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly config?: string | undefined
  readonly role?: string | undefined
  readonly coordinator?: string | undefined
}

function parseOptions(args: readonly string[]): Options {
  const string = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: string,
        host: string,
        port: string,
        config: string,
        role: string,
        coordinator: string,
      },
      strict: true,
    }).values
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(`Cannot read the command line: ${reason}\n\n${usage}`, error)
  }
}

type FileOptions = Readonly<Record<string, unknown>>

async function readFileOptions(path: string): Promise<FileOptions> {
  let content: string
  try {
    content = await readFile(path, 'utf8')
  } catch (error) {
    throw invalid(`Cannot read the configuration file ${path}`, error)
  }
  try {
    const value: unknown = JSON.parse(content)
    if (isRecord(value)) return value
  } catch (error) {
    throw invalid(`Cannot read the configuration file ${path}: it is not JSON`, error)
  }
  throw invalid(`Cannot read the configuration file ${path}: it is not a JSON object`)
}

function textOf(file: FileOptions, name: string): string | undefined {
  const value = file[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw invalid(`The configuration's ${name} is ${JSON.stringify(value)}, not a text or a number`)
}

function parseRole(role: string, coordinator: string | undefined): Role {
  switch (role) {
    case 'server':
      return { kind: 'server' }
    case 'index-node':
    case 'data-node':
      if (coordinator !== undefined && /^[^\s/]+:\d{1,5}$/.test(coordinator)) {
        return { kind: role, coordinator }
      }
      throw invalid(`A node needs --coordinator host:port, got ${coordinator ?? 'none'}`)
    default:
      throw invalid(`There is no role ${role}: a process is a server, an index-node or a data-node`)
  }
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw invalid(`Cannot listen on port ${text}: a port is a number from 0 to 65535`)
}

/** Settings come from the file alone, under their own names; numbers all of them. */
function parseSettings(file: FileOptions): Settings {
  const { seal, ...rest } = settingsDefault
  const known = new Set([
    'data',
    'host',
    'port',
    'role',
    'coordinator',
    'seal',
    ...Object.keys(rest),
  ])
  const stray = Object.keys(file).find((key) => !known.has(key))
  if (stray !== undefined) throw invalid(`The configuration has an unknown key: ${stray}`)
  const fileSeal = file['seal'] ?? {}
  if (!isRecord(fileSeal)) throw invalid('The configuration key seal is not a JSON object')
  const straySeal = Object.keys(fileSeal).find((key) => !(key in seal))
  if (straySeal !== undefined)
    throw invalid(`The configuration has an unknown key: seal.${straySeal}`)
  return { ...overlay(rest, file), seal: overlay(seal, fileSeal) }
}

function overlay<T extends { readonly [K in keyof T]: number }>(base: T, given: FileOptions): T {
  const result = { ...base }
  for (const key in base) {
    const value = given[key]
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw invalid(`The configuration's ${key} is ${JSON.stringify(value)}, not a positive number`)
    }
    Object.assign(result, { [key]: value })
  }
  return result
}

function isRecord(value: unknown): value is FileOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string, cause?: unknown): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message, { cause })
}
