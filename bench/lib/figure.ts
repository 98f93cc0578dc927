/** One line of a bench's table: what was measured, and what it was to be. */
export interface Figure {
  /** Stable, for those who compare JSON files. */
  readonly key: string
  readonly title: string
  /** NaN when this machine cannot tell. */
  readonly value: number
  readonly unit: Unit
  readonly target?: Target
  /** How it was measured, or what it is made of, in a few words. */
  readonly note?: string
}

export type Unit = '' | '%' | '×' | 'rows/s' | 'calls/s' | 'MB/s' | 's' | 'ms' | 'µs' | 'MB'

export type Target =
  | { readonly kind: 'atLeast'; readonly value: number }
  | { readonly kind: 'atMost'; readonly value: number }

/** Undefined without a target, or without a value to hold against it. */
export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined || Number.isNaN(value)) return undefined
  return target.kind === 'atLeast' ? value >= target.value : value <= target.value
}

/** The figures as a Markdown table. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.note === undefined ? figure.title : `${figure.title} (${figure.note})`,
    quantity(figure.value, figure.unit),
    targetInWords(figure),
    verdict(figure),
  ])
  return markdownTable(['measured', 'value', 'target', 'met'], rows)
}

export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  // The first column is words, the others are figures.
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

function targetInWords({ target, unit }: Figure): string {
  if (target === undefined) return ''
  return `${target.kind === 'atLeast' ? '≥' : '≤'} ${quantity(target.value, unit, 0)}`
}

function verdict(figure: Figure): string {
  const met = isMet(figure)
  if (met === undefined) return ''
  return met ? 'yes' : 'NO'
}

function quantity(value: number, unit: Unit, fractionDigitsMin = fractionDigitsOf(value)): string {
  if (Number.isNaN(value)) return '–'
  const space = unit === '' || unit === '×' || unit === '%' ? '' : ' '
  const digits = value.toLocaleString('en-US', {
    minimumFractionDigits: fractionDigitsMin,
    maximumFractionDigits: fractionDigitsOf(value),
  })
  return `${digits}${space}${unit}`
}

/** As many as leave three digits that mean something. */
function fractionDigitsOf(value: number): number {
  const magnitude = Math.floor(Math.log10(Math.max(Math.abs(value), 1e-3)))
  return Math.min(3, Math.max(0, 2 - magnitude))
}
