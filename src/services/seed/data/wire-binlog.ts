import { type FieldId, type LogId, toId } from '../../../base/int64.ts'
import type { Timestamp } from '../../../base/timestamp.ts'
import type { BinlogFacts } from '../../../storage/binlog-facts.ts'
import type { Binlog } from '../data-messages.ts'

export function wireBinlog(file: BinlogFacts): Binlog {
  return {
    logID: file.logId,
    path: file.path,
    entriesNum: BigInt(file.rowCount),
    timestampFrom: file.timestampFrom,
    timestampTo: file.timestampTo,
    size: BigInt(file.sizeBytes),
    crc32c: file.crc32c,
  }
}

type Place = Pick<BinlogFacts, 'collectionId' | 'partitionId' | 'segmentId' | 'kind'>

/** The way back; whose file it is does not go with it. */
export function factsOfBinlog(binlog: Binlog, place: Place, fieldID: bigint): BinlogFacts {
  return {
    ...place,
    fieldId: toId<FieldId>(fieldID),
    logId: toId<LogId>(binlog.logID),
    path: binlog.path,
    rowCount: Number(binlog.entriesNum),
    timestampFrom: toId<Timestamp>(BigInt.asIntN(64, binlog.timestampFrom)),
    timestampTo: toId<Timestamp>(BigInt.asIntN(64, binlog.timestampTo)),
    sizeBytes: Number(binlog.size),
    crc32c: binlog.crc32c,
  }
}
