import type {
  BuildId,
  CollectionId,
  FieldId,
  LogId,
  PartitionId,
  SegmentId,
} from '../base/int64.ts'

/** Names of objects: Milvus's layout, of ids alone, so that a name can be made again from meta. */
export interface SegmentPlace {
  readonly collectionId: CollectionId
  readonly partitionId: PartitionId
  readonly segmentId: SegmentId
}

export interface BinlogPlace extends SegmentPlace {
  readonly fieldId: FieldId
  readonly logId: LogId
}

export interface DeleteLogPlace {
  readonly collectionId: CollectionId
  readonly shardIndex: number
  readonly logId: LogId
}

export interface IndexFilePlace extends Omit<SegmentPlace, 'collectionId'> {
  readonly buildId: BuildId
  readonly version: number
  readonly key: string
}

export const insertLogPrefix = 'insert_log/'
export const statisticsLogPrefix = 'stats_log/'
export const deleteLogPrefix = 'delta_log/'
export const indexFilePrefix = 'index_files/'

export function insertLogPath(place: BinlogPlace): string {
  return `${insertLogPrefix}${segmentPart(place)}/${place.fieldId}/${place.logId}`
}

export function statisticsLogPath(place: BinlogPlace): string {
  return `${statisticsLogPrefix}${segmentPart(place)}/${place.fieldId}/${place.logId}`
}

export function deleteLogPath(place: DeleteLogPlace): string {
  return `${deleteLogPrefix}${place.collectionId}/${place.shardIndex}/${place.logId}`
}

export function indexFilePath(place: IndexFilePlace): string {
  const { buildId, version, partitionId, segmentId, key } = place
  return `${indexFilePrefix}${buildId}/${version}/${partitionId}/${segmentId}/${key}`
}

function segmentPart(place: SegmentPlace): string {
  return `${place.collectionId}/${place.partitionId}/${place.segmentId}`
}
