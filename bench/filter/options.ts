import { parseArgs } from 'node:util'
import { ElanusError } from '../../src/base/errors.ts'

export interface FilterOptions {
  readonly jsonFile: string
  readonly profileFolder: string | undefined
  readonly settings: FilterSettings
}

export interface FilterSettings {
  readonly seed: number
  readonly rowCount: number
  readonly dimension: number
  /** Each with a filter of its own, so that no thread has met it before. */
  readonly queryCount: number
  /** So many of a scene's searches are held against exact answers, which take long to find. */
  readonly judgedCount: number
  readonly batchRowCount: number
  readonly indexType: string
  readonly topk: number
  readonly ef: number
  readonly concurrency: number
  /** Shares of the rows that pass. */
  readonly shares: readonly number[]
  readonly roundCount: number
  readonly roundMs: number
}

export const usage =
  '[--rows <count>] [--index <type>] [--json <file>] [--profile <folder>] [--quick]' as const

const full: FilterSettings = {
  seed: 1,
  rowCount: 1_000_000,
  dimension: 128,
  queryCount: 200,
  judgedCount: 50,
  batchRowCount: 5_000,
  indexType: 'HNSW',
  topk: 10,
  ef: 64,
  concurrency: 16,
  shares: [0.5, 0.1, 0.01, 0.001],
  roundCount: 3,
  roundMs: 2_000,
}

/** For a look at whether all is well: the figures mean little. */
const quick: FilterSettings = {
  ...full,
  rowCount: 20_000,
  dimension: 64,
  queryCount: 60,
  roundCount: 1,
  roundMs: 300,
}

/** Throws INVALID_ARGUMENT for anything but what `usage` says. */
export function parseFilterOptions(args: readonly string[]): FilterOptions {
  const values = parse(args)
  const settings = values.quick === true ? quick : full
  const rowCount = values.rows === undefined ? settings.rowCount : Number(values.rows)
  if (!Number.isSafeInteger(rowCount) || rowCount < 2_000) {
    throw new ElanusError('INVALID_ARGUMENT', `Cannot filter ${values.rows} rows: 2000 or more`)
  }
  return {
    jsonFile: values.json ?? 'bench/results/filter.json',
    profileFolder: values.profile,
    settings: { ...settings, rowCount, indexType: values.index ?? settings.indexType },
  }
}

interface Values {
  readonly index?: string
  readonly json?: string
  readonly profile?: string
  readonly quick?: boolean
  readonly rows?: string
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
      },
    })
    return values
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ElanusError('INVALID_ARGUMENT', `Cannot run filter ${usage}: ${reason}`)
  }
}
