import { SingleBar } from 'cli-progress'
import type { BuildProgress } from '../library/build-index.ts'
import type { Console } from './console.ts'
import { describeCount, describeRate, describeSeconds } from './describe.ts'

/** A line on the terminal that follows a build. Without a terminal it shows nothing. */
export interface ProgressLine extends Disposable {
  readonly show: (progress: BuildProgress) => void
  /** Leaves the line as it is, and goes to the next. */
  done(): void
}

const barFormat = '{phase} {bar} {percentage}%  {rows} of {all}  {rate}  {left} left'
const countFormat = '{phase} {rows}  {rate}'

export function showProgress({ terminal }: Console): ProgressLine {
  if (terminal === undefined) {
    return { show: () => undefined, done: () => undefined, [Symbol.dispose]: () => undefined }
  }
  let bar: SingleBar | undefined
  let shown: BuildProgress['phase'] | undefined
  let startedMs = 0
  const stop = (): void => {
    bar?.stop()
    bar = undefined
  }
  const show = (progress: BuildProgress): void => {
    const { phase, rowsDone, rowCount } = progress
    if (phase !== shown) {
      stop()
      startedMs = performance.now()
      shown = phase
      const format = rowCount === undefined ? countFormat : barFormat
      bar = new SingleBar({ stream: terminal, format, hideCursor: true, barsize: 30 })
      bar.start(rowCount ?? 0, 0, wordsOf(progress, 0))
    }
    bar?.update(rowsDone, wordsOf(progress, (performance.now() - startedMs) / 1000))
  }
  return { show, done: stop, [Symbol.dispose]: stop }
}

/** The library's own rate and time left are of the last few updates: they jump. */
function wordsOf({ phase, rowsDone, rowCount }: BuildProgress, seconds: number) {
  const rate = rowsDone / seconds
  return {
    phase: phase.padEnd(8),
    rows: describeCount(rowsDone),
    all: describeCount(rowCount ?? 0),
    rate: describeRate(rate, 'vectors'),
    left: describeSeconds(((rowCount ?? 0) - rowsDone) / rate),
  }
}
