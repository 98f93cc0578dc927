import { ElanusError } from '../base/errors.ts'
import type { DataTypeName, ScalarTypeName } from '../schema/data-type.ts'
import type { BinlogFacts } from './binlog-facts.ts'

/** What a binlog says of itself in its Arrow schema's metadata, so that it can be read without meta. */
export interface BinlogHeader extends Omit<BinlogFacts, 'path' | 'sizeBytes' | 'crc32c'> {
  readonly columns: readonly BinlogColumn[]
  /** What one kind of file says beside. */
  readonly extra: Readonly<Record<string, string>>
}

export interface BinlogColumn {
  readonly name: string
  readonly type: DataTypeName
  /** Of a vector. */
  readonly dimension?: number
  /** Of a VarChar, in bytes. */
  readonly lengthMax?: number
  /** Of an Array. */
  readonly elementType?: ScalarTypeName
  /** Whether a row may have no value; absent: every row has one. */
  readonly isNullable?: boolean
}

const formatVersion = '2'
const prefix = 'elanus.'

/** The facts by the name that each has in a file: all are whole numbers, written in decimal. */
const factKeys = {
  collectionId: 'collection_id',
  partitionId: 'partition_id',
  segmentId: 'segment_id',
  fieldId: 'field_id',
  logId: 'log_id',
  rowCount: 'row_count',
  timestampFrom: 'timestamp_from',
  timestampTo: 'timestamp_to',
} as const

export function metadataOf(header: BinlogHeader): Map<string, string> {
  const metadata = new Map([
    [`${prefix}format_version`, formatVersion],
    [`${prefix}kind`, header.kind],
  ])
  for (const fact of factNames) metadata.set(prefix + factKeys[fact], String(header[fact]))
  for (const [key, value] of Object.entries(header.extra)) metadata.set(prefix + key, value)
  return metadata
}

/** What a column says of itself, beside the Arrow type. */
export function columnMetadataOf(column: BinlogColumn): Map<string, string> {
  const metadata = new Map<string, string>([[`${prefix}data_type`, column.type]])
  if (column.dimension !== undefined) metadata.set(`${prefix}dimension`, String(column.dimension))
  if (column.lengthMax !== undefined) metadata.set(`${prefix}max_length`, String(column.lengthMax))
  if (column.elementType !== undefined) metadata.set(`${prefix}element_type`, column.elementType)
  return metadata
}

/**
 * Checks what a file says of itself against what is known of it, and returns what else it says.
 * Throws CORRUPT: it is another file, or one that a newer version wrote.
 */
export function checkMetadata(
  metadata: ReadonlyMap<string, string>,
  expected: BinlogFacts,
): Readonly<Record<string, string>> {
  const version = metadata.get(`${prefix}format_version`)
  if (version !== formatVersion) {
    const found = version ?? 'none'
    throw corruptBinlog(
      expected.path,
      `its format is ${found}, and ${formatVersion} is what we read`,
    )
  }
  checkFact(metadata, { path: expected.path, key: 'kind', value: expected.kind })
  for (const fact of factNames) {
    checkFact(metadata, { path: expected.path, key: factKeys[fact], value: String(expected[fact]) })
  }
  const extra: Record<string, string> = {}
  for (const [key, value] of metadata) {
    if (key.startsWith(prefix)) extra[key.slice(prefix.length)] = value
  }
  return extra
}

/** Checks what decides how values lie; the longest value allowed may have changed since. */
export function checkColumnMetadata(
  metadata: ReadonlyMap<string, string>,
  expected: BinlogColumn,
  path: string,
): void {
  const { type, dimension, elementType } = expected
  checkFact(metadata, { path, key: 'data_type', value: type })
  if (dimension !== undefined) {
    checkFact(metadata, { path, key: 'dimension', value: String(dimension) })
  }
  if (elementType !== undefined) {
    checkFact(metadata, { path, key: 'element_type', value: elementType })
  }
}

export function corruptBinlog(path: string, reason: string, cause?: unknown): ElanusError {
  return new ElanusError('CORRUPT', `Cannot read binlog ${path}: ${reason}`, { cause })
}

interface ExpectedFact {
  readonly path: string
  readonly key: string
  readonly value: string
}

function checkFact(metadata: ReadonlyMap<string, string>, expected: ExpectedFact): void {
  const { path, key, value } = expected
  const found = metadata.get(prefix + key)
  if (found === value) return
  throw corruptBinlog(path, `its ${key} is ${found ?? 'missing'} and should be ${value}`)
}

const factNames = [
  'collectionId',
  'partitionId',
  'segmentId',
  'fieldId',
  'logId',
  'rowCount',
  'timestampFrom',
  'timestampTo',
] as const satisfies readonly (keyof typeof factKeys)[]
