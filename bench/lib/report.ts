import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Figure } from './figure.ts'
import { isMet } from './figure.ts'
import type { Machine } from './machine.ts'

/** What a bench leaves behind: enough to judge its figures, and to run it again. */
export interface Report {
  readonly bench: string
  readonly command: string
  readonly startedAt: string
  readonly machine: Machine
  readonly dataSet: Readonly<Record<string, string | number>>
  readonly settings: unknown
  readonly figures: readonly Figure[]
  /** What is compared with others, where a bench does. */
  readonly ratios?: unknown
  /** Every single measurement that the figures are made of. */
  readonly measured: unknown
}

export async function writeReport(path: string, report: Report): Promise<void> {
  const figures = report.figures.map((figure) => ({ ...figure, met: isMet(figure) }))
  const text = JSON.stringify({ ...report, figures }, plainly, 1)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${text}\n`)
}

/** Typed arrays as lists, bigints and what is not a number as text. */
function plainly(_key: string, value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value
}
