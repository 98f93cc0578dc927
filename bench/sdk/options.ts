import { parseArgs } from 'node:util'
import { ElanusError } from '../../src/base/errors.ts'

export interface SdkOptions {
  /** A data set's folder; undefined: one is made up. */
  readonly dataSetFolder: string | undefined
  readonly jsonFile: string
  /** The server's main module; undefined: this checkout's, emitted. */
  readonly program: string | undefined
  /** Where the servers' CPU profiles go; undefined: none are taken. */
  readonly profileFolder: string | undefined
  readonly index: IndexChoice
  readonly settings: SdkSettings
}

/** An index as the client asks for it. */
export interface IndexChoice {
  readonly type: string
  readonly params: Readonly<Record<string, string | number | boolean>>
}

export interface SdkSettings {
  readonly batchRowCount: number
  /** Hits asked for, and the k of recall@k. */
  readonly topk: number
  readonly concurrencies: readonly number[]
  /** Elanus and the echo take turns; figures are medians over the turns. */
  readonly roundCount: number
  readonly roundMs: number
  readonly emptyStartCount: number
  readonly probeIntervalMs: number
  /** What is made up without a data set. */
  readonly synthetic: { readonly count: number; readonly dimension: number }
}

export const usage =
  '[--dataset <folder>] [--json <file>] [--quick] [--index <type> [--params <json>]] [--program <main module>] [--profile <folder>]' as const

const full: SdkSettings = {
  batchRowCount: 1_000,
  topk: 10,
  concurrencies: [1, 16],
  roundCount: 5,
  roundMs: 2_000,
  emptyStartCount: 5,
  probeIntervalMs: 5,
  synthetic: { count: 20_000, dimension: 128 },
}

/** For a look at whether all is well, in well under a minute: the figures mean little. */
const quick: SdkSettings = {
  ...full,
  roundCount: 2,
  roundMs: 300,
  emptyStartCount: 2,
  synthetic: { count: 4_000, dimension: 64 },
}

/** Throws INVALID_ARGUMENT for anything but what `usage` says. */
export function parseSdkOptions(args: readonly string[]): SdkOptions {
  const values = parse(args)
  return {
    dataSetFolder: values.dataset,
    jsonFile: values.json ?? 'bench/results/sdk.json',
    program: values.program,
    profileFolder: values.profile,
    index: indexOf(values),
    settings: values.quick === true ? quick : full,
  }
}

/** HNSW with what the other figures were taken with; any other type with its own defaults. */
function indexOf({ index: type = 'HNSW', params }: Values): IndexChoice {
  if (params !== undefined) return { type, params: parseParams(params) }
  return { type, params: type === 'HNSW' ? { M: 16, efConstruction: 200 } : {} }
}

function parseParams(text: string): IndexChoice['params'] {
  try {
    const params: unknown = JSON.parse(text)
    if (isParams(params)) return params
  } catch {
    // Falls through to the same answer as for JSON that is no such object.
  }
  throw new ElanusError('INVALID_ARGUMENT', `Cannot run sdk ${usage}: params are ${text}`)
}

function isParams(value: unknown): value is IndexChoice['params'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => ['string', 'number', 'boolean'].includes(typeof one))
}

interface Values {
  readonly index?: string
  readonly params?: string
  readonly dataset?: string
  readonly json?: string
  readonly profile?: string
  readonly program?: string
  readonly quick?: boolean
}

function parse(args: readonly string[]): Values {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        dataset: { type: 'string' },
        index: { type: 'string' },
        json: { type: 'string' },
        params: { type: 'string' },
        profile: { type: 'string' },
        program: { type: 'string' },
        quick: { type: 'boolean' },
      },
    })
    return values
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ElanusError('INVALID_ARGUMENT', `Cannot run sdk ${usage}: ${reason}`)
  }
}
