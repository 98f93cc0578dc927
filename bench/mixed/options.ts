import { parseArgs } from 'node:util'
import { ElanusError } from '../../src/base/errors.ts'

export interface MixedOptions {
  readonly jsonFile: string
  readonly profileFolder: string | undefined
  readonly settings: MixedSettings
}

export interface MixedSettings {
  readonly seed: number
  readonly rowCount: number
  readonly dimension: number
  readonly batchRowCount: number
  readonly indexType: string
  readonly clientCount: number
  /** Of a hundred calls; the others are searches. */
  readonly upsertPercent: number
  readonly deletePercent: number
  /** Of the rows, in each search's filter. */
  readonly passingShare: number
  readonly topk: number
  readonly ef: number
  readonly queryCount: number
  readonly warmUpMs: number
  readonly durationMs: number
  /** Searches that are held against exact answers. */
  readonly judgedCount: number
}

export const usage =
  '[--rows <count>] [--seconds <count>] [--index <type>] [--json <file>] [--profile <folder>] [--quick]' as const

const full: MixedSettings = {
  seed: 1,
  rowCount: 200_000,
  dimension: 128,
  batchRowCount: 5_000,
  indexType: 'HNSW',
  clientCount: 16,
  upsertPercent: 15,
  deletePercent: 5,
  passingShare: 0.1,
  topk: 10,
  ef: 64,
  queryCount: 1_000,
  warmUpMs: 5_000,
  durationMs: 60_000,
  judgedCount: 400,
}

/** For a look at whether all is well: the figures mean little. */
const quick: MixedSettings = {
  ...full,
  rowCount: 10_000,
  dimension: 64,
  queryCount: 200,
  warmUpMs: 500,
  durationMs: 4_000,
  judgedCount: 200,
}

/** Throws INVALID_ARGUMENT for anything but what `usage` says. */
export function parseMixedOptions(args: readonly string[]): MixedOptions {
  const values = parse(args)
  const settings = values.quick === true ? quick : full
  return {
    jsonFile: values.json ?? 'bench/results/mixed.json',
    profileFolder: values.profile,
    settings: {
      ...settings,
      rowCount: countOf('rows', values.rows) ?? settings.rowCount,
      durationMs: 1_000 * (countOf('seconds', values.seconds) ?? settings.durationMs / 1_000),
      indexType: values.index ?? settings.indexType,
    },
  }
}

function countOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new ElanusError('INVALID_ARGUMENT', `Cannot run mixed with ${text} ${name}`)
}

interface Values {
  readonly index?: string
  readonly json?: string
  readonly profile?: string
  readonly quick?: boolean
  readonly rows?: string
  readonly seconds?: string
}

function parse(args: readonly string[]): Values {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        index: { type: 'string' },
        json: { type: 'string' },
        profile: { type: 'string' },
        quick: { type: 'boolean' },
        rows: { type: 'string' },
        seconds: { type: 'string' },
      },
    })
    return values
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ElanusError('INVALID_ARGUMENT', `Cannot run mixed ${usage}: ${reason}`)
  }
}
