import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { BuildControl } from './contract.ts'

const cancelWord = 0
const rowCountWord = 1
const wordCount = 2

export function createBuildControl(): BuildControl {
  const bytes = wordCount * Int32Array.BYTES_PER_ELEMENT
  return { kind: 'buildControl', words: new Int32Array(new SharedArrayBuffer(bytes)) }
}

/** Asks every thread of the build to stop; they throw CANCELED within a few rows. */
export function cancelBuild(control: BuildControl): void {
  Atomics.store(control.words, cancelWord, 1)
}

/** How many rows are in the index so far. */
export function builtRowCount(control: BuildControl): number {
  return Atomics.load(control.words, rowCountWord)
}

export function addBuiltRows(control: BuildControl | undefined, rowCount: number): void {
  if (control === undefined) return
  assert(control.words.length === wordCount, 'a control has a word for each fact')
  Atomics.add(control.words, rowCountWord, rowCount)
}

export function throwIfCanceled(control: BuildControl | undefined): void {
  if (control === undefined || Atomics.load(control.words, cancelWord) === 0) return
  const message = `Cannot finish the index: its build was canceled after ${builtRowCount(control)} rows`
  throw new ElanusError('CANCELED', message)
}
