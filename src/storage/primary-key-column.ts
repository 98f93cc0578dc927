import { assert, unreachable } from '../base/assert.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'

/** Primary keys in the form that columns have. */
export function columnOfKeys(primaryKeys: PrimaryKeys): Column {
  switch (primaryKeys.type) {
    case 'Int64':
      return primaryKeys
    case 'VarChar': {
      const bytes = Buffer.from(primaryKeys.values.join(''), 'utf8')
      const offsets = new Uint32Array(primaryKeys.values.length + 1)
      for (const [index, key] of primaryKeys.values.entries()) {
        offsets[index + 1] = (offsets[index] ?? 0) + Buffer.byteLength(key, 'utf8')
      }
      return { type: 'VarChar', offsets, bytes }
    }
    default:
      return unreachable(primaryKeys)
  }
}

/** A column of primary keys as a client would give them. */
export function keysOfColumn(column: Column): PrimaryKeys {
  if (column.type === 'Int64') return column
  assert(column.type === 'VarChar', 'a primary key is Int64 or VarChar')
  const { offsets, bytes } = column
  const values: string[] = []
  for (let row = 0; row + 1 < offsets.length; row++) {
    values.push(decoder.decode(bytes.subarray(offsets[row], offsets[row + 1])))
  }
  return { type: 'VarChar', values }
}

// A byte order mark is part of a value.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
