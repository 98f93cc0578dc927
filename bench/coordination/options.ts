import { parseArgs } from 'node:util'
import { ElanusError } from '../../src/base/errors.ts'

export interface CoordinationOptions {
  readonly jsonFile: string
  /** The server's main module; undefined: this checkout's, emitted. */
  readonly program: string | undefined
  readonly settings: CoordinationSettings
}

export interface CoordinationSettings {
  /** Calls in flight at once, of those that may overlap. */
  readonly concurrency: number
  /** What is compared takes turns; figures are medians over the turns. */
  readonly roundCount: number
  readonly roundMs: number
  readonly collectionCount: number
  readonly segmentCount: number
  /** Collections that the segments belong to. */
  readonly segmentOwnerCount: number
}

export const usage = '[--json <file>] [--quick] [--program <main module>]' as const

const full: CoordinationSettings = {
  concurrency: 16,
  roundCount: 3,
  roundMs: 1_000,
  collectionCount: 10_000,
  segmentCount: 100_000,
  segmentOwnerCount: 100,
}

/** For a look at whether all is well: the figures mean little. */
const quick: CoordinationSettings = {
  ...full,
  roundCount: 2,
  roundMs: 200,
  collectionCount: 200,
  segmentCount: 2_000,
  segmentOwnerCount: 4,
}

/** Throws INVALID_ARGUMENT for anything but what `usage` says. */
export function parseCoordinationOptions(args: readonly string[]): CoordinationOptions {
  const values = parse(args)
  return {
    jsonFile: values.json ?? 'bench/results/coordination.json',
    program: values.program,
    settings: values.quick === true ? quick : full,
  }
}

interface Values {
  readonly json?: string
  readonly program?: string
  readonly quick?: boolean
}

function parse(args: readonly string[]): Values {
  const text = { type: 'string' } as const
  const options = { json: text, program: text, quick: { type: 'boolean' } } as const
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ElanusError('INVALID_ARGUMENT', `Cannot run coordination ${usage}: ${reason}`)
  }
}
