import {
  boolAt,
  findPath,
  type JsonText,
  kindAt,
  numberAt,
} from '../expression/evaluate/json-scan.ts'
import { textAt } from '../expression/evaluate/json-text.ts'
import { utf8 } from '../expression/evaluate/utf8.ts'
import type { JsonSteps } from '../expression/field-index.ts'
import type { JsonColumn, PlainColumn, ScalarColumn } from '../schema/row-batch.ts'
import { allocate } from './shared-memory.ts'

/** As what the values at a path are kept: those of other classes are left out. */
export type JsonCastType = 'BOOL' | 'DOUBLE' | 'VARCHAR'

export interface JsonPlace {
  readonly path: JsonSteps
  readonly castType: JsonCastType
}

export type JsonValues = ScalarColumn & { readonly validity: Uint8Array }

/** The values at a path in each row, in shared memory; rows without one of that class are null. */
export function jsonValuesOf(
  column: JsonColumn & Pick<PlainColumn, 'validity'>,
  { path, castType }: JsonPlace,
): JsonValues {
  const rowCount = column.offsets.length - 1
  const validity = new Uint8Array(Math.ceil(rowCount / 8))
  const sink = sinkOf(castType, rowCount)
  const steps = path.map((step) => (typeof step === 'number' ? step : utf8(step)))
  const text = { bytes: column.bytes, end: 0 }
  for (let row = 0; row < rowCount; row++) {
    if (!isValid(column.validity, row)) continue
    text.end = column.offsets[row + 1] ?? 0
    const at = findPath(text, column.offsets[row] ?? 0, steps)
    if (!sink.take(row, text, at)) continue
    validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7))
  }
  return { ...sink.finish(), validity }
}

interface Sink {
  /** Takes the value at `at`, -1 for none; whether it is of the class. */
  take(row: number, text: JsonText, at: number): boolean
  finish(): ScalarColumn
}

function sinkOf(castType: JsonCastType, rowCount: number): Sink {
  switch (castType) {
    case 'BOOL': {
      const values = new Uint8Array(allocate(rowCount))
      return {
        take(row, text, at) {
          if (kindAt(text, at) !== 'bool') return false
          values[row] = Number(boolAt(text, at))
          return true
        },
        finish: () => ({ type: 'Bool', values }),
      }
    }
    case 'DOUBLE': {
      const values = new Float64Array(allocate(rowCount * Float64Array.BYTES_PER_ELEMENT))
      return {
        take(row, text, at) {
          if (kindAt(text, at) !== 'number') return false
          values[row] = Number(numberAt(text, at))
          return true
        },
        finish: () => ({ type: 'Double', values }),
      }
    }
    case 'VARCHAR':
      return textSink(rowCount)
  }
}

function textSink(rowCount: number): Sink {
  const parts: Uint8Array[] = []
  const lengths = new Uint32Array(rowCount)
  return {
    take(row, text, at) {
      if (kindAt(text, at) !== 'text') return false
      const part = textAt(text, at)
      if (part === undefined) return false
      // What has no escapes is a view of the column, so nothing is copied yet.
      parts.push(part)
      lengths[row] = part.length
      return true
    },
    finish() {
      const offsets = new Uint32Array(allocate((rowCount + 1) * Uint32Array.BYTES_PER_ELEMENT))
      for (let row = 0; row < rowCount; row++) {
        offsets[row + 1] = (offsets[row] ?? 0) + (lengths[row] ?? 0)
      }
      const bytes = new Uint8Array(allocate(offsets[rowCount] ?? 0))
      let at = 0
      for (const part of parts) {
        bytes.set(part, at)
        at += part.length
      }
      return { type: 'VarChar', offsets, bytes }
    },
  }
}

function isValid(validity: Uint8Array | undefined, row: number): boolean {
  return validity === undefined || (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 1
}
