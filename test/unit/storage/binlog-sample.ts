import { concatBytes } from '../../../src/base/bytes.ts'
import { crc32c } from '../../../src/base/crc32c.ts'
import type { FieldId, LogId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import { rowCountOf } from '../../../src/schema/fixed-column.ts'
import type { Column } from '../../../src/schema/row-batch.ts'
import type { BinlogFacts } from '../../../src/storage/binlog-facts.ts'
import { decodeBinlog, encodeBinlog } from '../../../src/storage/binlog-file.ts'
import type { BinlogColumn, BinlogHeader } from '../../../src/storage/binlog-header.ts'
import { collectionId, partitionId, segmentId } from '../segment/sample.ts'

/** One insert binlog in memory, with ids and timestamps that no double holds. */
export interface Encoded {
  readonly bytes: Uint8Array
  readonly facts: BinlogFacts
  readonly column: BinlogColumn
}

export function encode(column: BinlogColumn, pieces: readonly Column[]): Encoded {
  const place = {
    collectionId,
    partitionId,
    segmentId,
    fieldId: toId<FieldId>(100n),
    logId: toId<LogId>(9_007_199_254_740_999n),
    kind: 'insert',
    rowCount: pieces.reduce((sum, piece) => sum + rowCountOf(piece), 0),
    timestampFrom: toId<Timestamp>(9_223_372_036_854_775_001n),
    timestampTo: toId<Timestamp>(9_223_372_036_854_775_807n),
  } as const
  const header: BinlogHeader = { ...place, columns: [column], extra: {} }
  const batches = pieces.map((piece) => [piece])
  const bytes = concatBytes([...encodeBinlog(header, batches)])
  const sum = crc32c(bytes)
  const facts = { ...place, path: 'insert_log/1/2/3', sizeBytes: bytes.length, crc32c: sum }
  return { bytes, facts, column }
}

/** The pieces of a file that arrives in chunks of `chunkSize`. */
export async function decode(encoded: Encoded, chunkSize = 1000): Promise<readonly Column[]> {
  const { bytes, facts, column } = encoded
  async function* chunks(): AsyncIterable<Uint8Array> {
    for (let from = 0; from < bytes.length; from += chunkSize) {
      yield bytes.slice(from, from + chunkSize)
    }
  }
  const batches = await Array.fromAsync(decodeBinlog(chunks(), facts, [column]))
  return batches.flatMap((batch) => batch.columns)
}
