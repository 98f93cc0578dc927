import { viewFixedColumn } from '../schema/fixed-column.ts'
import type { PlainColumn, ScalarColumn } from '../schema/row-batch.ts'
import { type Validity, validitySizeBytes } from '../schema/validity.ts'
import type { FixedFieldReader, PlainFieldReader, SpanFieldReader } from './gather.ts'

/** The first rows of a field that is no vector, as a column; shares the memory. */
export function viewColumn(reader: PlainFieldReader, rowCount: number): PlainColumn {
  const validity = validityOfRows(reader.validity, rowCount)
  if (reader.kind === 'array') {
    const offsets = new Uint32Array(reader.offsets, 0, rowCount + 1)
    const elements = viewScalars(reader.elements, offsets[rowCount] ?? 0)
    return { type: 'Array', offsets, elements, validity }
  }
  if (reader.kind === 'varChar' && reader.type === 'JSON') {
    return { type: 'JSON', ...viewSpans(reader, rowCount), validity }
  }
  return { ...viewScalars(reader, rowCount), validity }
}

function viewScalars(reader: FixedFieldReader | SpanFieldReader, rowCount: number): ScalarColumn {
  if (reader.kind === 'fixed') return viewFixedColumn(reader.type, reader.values, rowCount)
  return { type: 'VarChar', ...viewSpans(reader, rowCount) }
}

function viewSpans(
  reader: SpanFieldReader,
  rowCount: number,
): { readonly offsets: Uint32Array; readonly bytes: Uint8Array } {
  const offsets = new Uint32Array(reader.offsets, 0, rowCount + 1)
  return { offsets, bytes: new Uint8Array(reader.bytes, 0, offsets[rowCount]) }
}

function validityOfRows(
  validity: SharedArrayBuffer | undefined,
  rowCount: number,
): Validity | undefined {
  return validity && new Uint8Array(validity, 0, validitySizeBytes(rowCount))
}
