import { assert, present } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { mib } from '../base/units.ts'
import type { CollectionSchema, FieldSchema } from '../schema/collection-schema.ts'
import { rowCountOf } from '../schema/fixed-column.ts'
import type { Column } from '../schema/row-batch.ts'
import { rowIdFieldId, systemFieldNames, timestampFieldId } from '../schema/system-fields.ts'
import type { BinlogFacts } from './binlog-facts.ts'
import { decodeBinlog, encodeBinlog } from './binlog-file.ts'
import { type BinlogColumn, corruptBinlog } from './binlog-header.ts'
import { type BinlogPlace, insertLogPath } from './binlog-paths.ts'
import type { ObjectStore } from './object-store.ts'

/** About how many bytes of values a record batch holds: what is in memory at once, beside the column. */
export const batchSizeBytes = 8 * mib

export interface InsertLog extends BinlogPlace {
  readonly column: BinlogColumn
  readonly rowCount: number
  readonly timestampFrom: BinlogFacts['timestampFrom']
  readonly timestampTo: BinlogFacts['timestampTo']
}

/** Writes one field of one flush, the pieces one after another, each as a record batch. */
export async function writeInsertLog(
  store: ObjectStore,
  log: InsertLog,
  pieces: Iterable<Column>,
): Promise<BinlogFacts> {
  const { column, ...place } = log
  const header = { ...place, kind: 'insert', columns: [column], extra: {} } as const
  const path = insertLogPath(log)
  let rowCount = 0
  function* batches(): Iterable<readonly Column[]> {
    for (const piece of pieces) {
      rowCount += rowCountOf(piece)
      yield [piece]
    }
  }
  const facts = await store.put(path, encodeBinlog(header, batches()))
  assert(rowCount === log.rowCount, 'a binlog has the rows that it says')
  return { ...place, kind: 'insert', path, ...facts }
}

/**
 * A field's values, piece after piece. Throws CORRUPT, at the end at the latest, when the object is
 * not the one that `facts` describes.
 */
export async function* readInsertLog(
  store: ObjectStore,
  facts: BinlogFacts,
  column: BinlogColumn,
): AsyncIterable<Column> {
  let rowCount = 0
  for await (const batch of decodeBinlog(store.stream(facts.path, facts), facts, [column])) {
    const piece = present(batch.columns[0], 'a batch has the columns that were asked for')
    rowCount += rowCountOf(piece)
    if (rowCount > facts.rowCount) break
    yield piece
  }
  if (rowCount !== facts.rowCount) {
    throw corruptBinlog(facts.path, `it has ${rowCount} rows and should have ${facts.rowCount}`)
  }
}

/** How a field looks in its binlogs; the system's fields have ids of their own. */
export function binlogColumnOf(schema: CollectionSchema, fieldId: FieldId): BinlogColumn {
  if (fieldId === rowIdFieldId) return { name: systemFieldNames[0], type: 'Int64' }
  if (fieldId === timestampFieldId) return { name: systemFieldNames[1], type: 'Int64' }
  return columnOfField(
    present(
      schema.fields.find((field) => field.id === fieldId),
      'a binlog is of a field of the schema',
    ),
  )
}

function columnOfField(field: FieldSchema): BinlogColumn {
  const { name, type, isNullable = false } = field
  switch (field.type) {
    case 'BinaryVector':
    case 'FloatVector':
    case 'Float16Vector':
    case 'BFloat16Vector':
    case 'Int8Vector':
      return { name, type, dimension: field.dimension }
    case 'VarChar':
      return { name, type, lengthMax: field.lengthMax, isNullable }
    case 'Array':
      return { name, type, elementType: field.elementType, isNullable }
    default:
      return { name, type, isNullable }
  }
}
