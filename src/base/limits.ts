import { assert } from './assert.ts'
import { gib, kib, mib } from './units.ts'

/**
 * Every bound that a caller can run into, checked before anything is allocated for it. The numbers
 * that Milvus publishes are Milvus's; the others are ours and say why.
 */
export const limits = {
  nameLengthMax: 255,
  fieldCountMax: 64,
  /** Unless configured, up to the one below. */
  vectorFieldCountMax: 4,
  vectorFieldCountConfigurableMax: 10,
  dimensionMin: 2,
  dimensionMax: 32_768,
  /** Of binary vectors, in bits. */
  binaryDimensionMax: 262_144,
  varCharLengthMax: 65_535,
  arrayCapacityMax: 4_096,
  jsonLengthMax: 65_536,
  shardCountMax: 16,
  partitionCountMax: 1_024,
  /** Of a collection whose rows are spread by a partition key, unless its creator says otherwise. */
  keyPartitionCountDefault: 16,
  collectionCountMax: 65_536,
  databaseCountMax: 64,
  aliasCountMax: 65_536,
  /** Of one collection, database, field or index. */
  propertyCountMax: 256,
  propertyLengthMax: 65_536,

  /** Changes of the catalog that its channel still tells to who comes late. */
  definitionMessageCountMax: 16_384,
  /** Messages that a channel without a log keeps for who is behind. */
  channelMessageCountMax: 16_384,
  /** Consumers of channels at a time, over all channels. */
  consumerCountMax: 1_024,
  /** Requests, nodes, segments or builds named in one call of the coordinator's services. */
  batchItemCountMax: 65_536,

  topkMax: 16_384,
  queryCountMax: 16_384,
  /** Searches that are ranked together. */
  hybridRequestCountMax: 1_024,
  /** The most that offset + limit may come to. */
  windowMax: 16_384,
  outputSizeBytesMax: 256 * mib,
  /** Rows that one read finds, or one delete by filter: references to them fit one answer. */
  foundRowCountMax: 4_194_304,
  /** Groups that the rows of one query are put in. */
  groupCountMax: 262_144,
  /** Of all texts that groups are told by, or have as their least or greatest. */
  groupTextLengthMax: 16 * mib,
  /** A default is copied into every row that lacks it. */
  addedDefaultLengthMax: 256,

  requestSizeBytesMax: 64 * mib,
  responseSizeBytesMax: 256 * mib,
  batchRowCountMax: 1_000_000,

  /** A row's bytes other than its longest field must leave room in one request. */
  logRecordSizeBytesMax: 128 * mib,
  logFileSizeBytesMax: 64 * mib,
  /** What a channel writes and syncs as one, unless a single record is larger. */
  logGroupSizeBytesMax: 16 * mib,
  /** What may wait for a channel's disk; beyond it appends are refused, not queued. */
  logWaitingBytesMax: 512 * mib,

  /** A segment is sealed at this many bytes of rows: one WebAssembly memory holds it and its graph. */
  segmentSizeBytesMax: 512 * mib,
  segmentMemoryBytesMax: 4 * gib - 64 * kib,
  /** And at this many rows, however small they are: lists of row numbers stay short. */
  segmentRowCountMax: 16_777_216,
  /** Of one log channel: each takes memory, and the oldest keeps the log from being cut. */
  openSegmentCountMax: 1_024,

  expressionLengthMax: 1 * mib,
  expressionDepthMax: 256,
  /** Operators and operands of one filter; the constants in its lists are not counted. */
  expressionNodeCountMax: 65_536,
  /** Of a filter as search threads are sent it: mostly its lists of constants. */
  filterSizeBytesMax: 16 * mib,
  /** Matching costs up to this many steps for each byte of a value. */
  likePatternLengthMax: 1_024,
} as const

// A request that is within its limit always fits one log record, whatever the record adds to it.
assert(limits.logRecordSizeBytesMax >= 2 * limits.requestSizeBytesMax, 'a request fits a record')
// A group fits the file that it is written to.
assert(limits.logGroupSizeBytesMax <= limits.logFileSizeBytesMax / 2, 'a group fits a log file')
// An idle channel never refuses a record.
assert(limits.logWaitingBytesMax >= limits.logRecordSizeBytesMax, 'a record may wait')
// A segment holds at least one request, or an insert could never find room.
assert(limits.segmentSizeBytesMax >= limits.requestSizeBytesMax, 'a request fits a segment')
// So it does by its rows.
assert(limits.segmentRowCountMax >= limits.batchRowCountMax, 'a batch fits a segment')
// The widest row fits a request many times over.
assert(
  limits.requestSizeBytesMax >= limits.vectorFieldCountConfigurableMax * limits.dimensionMax * 4,
  'a row of the widest vectors fits a request',
)
assert(limits.segmentMemoryBytesMax % (64 * kib) === 0, 'a memory is whole WebAssembly pages')
