import type { Point } from './frontier.ts'
import { frontierOf } from './frontier.ts'

export interface Series {
  readonly title: string
  readonly points: readonly Point[]
  /** Peers are drawn with dashes. */
  readonly isPeer: boolean
}

/**
 * Speed by recall, as a picture: each line is a contender's frontier. Speed is logarithmic, and so is
 * what recall misses, since the way from 0.99 to 0.999 costs as much as that from 0.9 to 0.99.
 */
export function drawChart(title: string, series: readonly Series[]): string {
  const lines = series
    .map((one) => ({
      ...one,
      points: frontierOf(one.points).filter(({ recall }) => recall >= recallMin),
    }))
    .filter(({ points }) => points.length > 0)
  const speeds = lines.flatMap(({ points }) => points.map(({ qps }) => qps))
  const from = 10 ** Math.floor(Math.log10(Math.min(...speeds, 1e3)))
  const to = 10 ** Math.ceil(Math.log10(Math.max(...speeds, 1e4)))
  const yOf = (qps: number): number =>
    plot.bottom - (Math.log(qps / from) / Math.log(to / from)) * (plot.bottom - plot.top)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    label(plot.left, 24, title, 'font-size="15" font-weight="600"'),
    ...recallAxis(),
    ...speedAxis(from, to, yOf),
    ...lines.flatMap((line, index) => drawLine(line, index, yOf)),
    '</svg>',
    '',
  ].join('\n')
}

const size = { width: 960, height: 560 } as const
const plot = { left: 70, right: 700, top: 44, bottom: 510 } as const
const recallMin = 0.7
const recallTicks = [0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1] as const
/** Misses below this are drawn as none. */
const missedMin = 5e-4
/** After Okabe and Ito, "Color universal design" (2008): told apart by most eyes. */
const colours = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000', '#888']

function xOf(recall: number): number {
  const position = Math.log(Math.max(1 - recall, missedMin) / (1 - recallMin))
  const whole = Math.log(missedMin / (1 - recallMin))
  return plot.left + (position / whole) * (plot.right - plot.left)
}

function recallAxis(): readonly string[] {
  const middle = (plot.left + plot.right) / 2
  return [
    ...recallTicks.flatMap((recall) => [
      rule(xOf(recall), plot.top, xOf(recall), plot.bottom),
      label(xOf(recall), plot.bottom + 18, String(recall), 'text-anchor="middle"'),
    ]),
    label(middle, plot.bottom + 38, 'recall@10', 'text-anchor="middle"'),
  ]
}

function speedAxis(from: number, to: number, yOf: (qps: number) => number): readonly string[] {
  const ticks: number[] = []
  for (let decade = from; decade <= to; decade *= 10) {
    ticks.push(...[1, 2, 5].map((step) => step * decade).filter((tick) => tick <= to))
  }
  return [
    ...ticks.flatMap((tick) => [
      rule(plot.left, yOf(tick), plot.right, yOf(tick)),
      label(plot.left - 8, yOf(tick) + 4, tick.toLocaleString('en-US'), 'text-anchor="end"'),
    ]),
    label(plot.left, plot.top - 6, 'queries/s', 'text-anchor="end"'),
  ]
}

function drawLine(line: Series, index: number, yOf: (qps: number) => number): readonly string[] {
  const colour = colours[index % colours.length] ?? '#000'
  const places = line.points.map((point) => [xOf(point.recall), yOf(point.qps)] as const)
  const path = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
  const dash = line.isPeer ? ' stroke-dasharray="6 4"' : ''
  const legendY = plot.top + 8 + index * 20
  const stroke = `fill="none" stroke="${colour}" stroke-width="2"${dash}`
  return [
    `<polyline points="${path}" ${stroke}/>`,
    ...places.map(
      ([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${colour}"/>`,
    ),
    `<line x1="${plot.right + 20}" y1="${legendY}" x2="${plot.right + 50}" y2="${legendY}" ${stroke}/>`,
    label(plot.right + 58, legendY + 4, line.title, ''),
  ]
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((place) => place.toFixed(1))
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="#ddd"/>`
}

function label(x: number, y: number, text: string, attributes: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${safe}</text>`
}
