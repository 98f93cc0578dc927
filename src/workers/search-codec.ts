import { assert, present, unreachable } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import { metrics } from '../schema/metric.ts'
import type { Aggregation, RowGroup } from '../segment/aggregate-rows.ts'
import type { EncodedFilter } from '../segment/filter-code.ts'
import type { SearchHits, SegmentSearch } from '../segment/search-segments.ts'
import type { RowReferences } from '../segment/segment.ts'
import type { RowSelection } from '../segment/select-rows.ts'
import type { Snapshot } from '../segment/snapshot.ts'
import type { Failure } from './failure.ts'
import {
  decodeAggregation,
  decodeGroups,
  decodeOrder,
  encodeGroups,
  encodeScanOptions,
} from './scan-options.ts'
import { decodeOptions, encodeOptions } from './search-options.ts'
import type { RecordReader, RecordSpan, RecordWriter } from './shared-records.ts'

/**
 * Requests to a search thread and its answers, as records. Segments go by their generations.
 *
 *     search   0  │ segment count │ read at i64 │ visible after i64 │ field i64 │ queries │ topk │
 *              metric │ options bytes │ query bytes │ filter bytes │ generations u32 … │
 *              options JSON │ queries float32 … │ filter …
 *     select   1  │ segment count │ read at i64 │ visible after i64 │ offset │ limit │
 *              filter bytes │ options bytes │ generations u32 … │ filter … │ order, if any …
 *     match    2  │ as select, offset and limit mean nothing, there are no options
 *     count    3  │ as match
 *     groups   4  │ as match, but the options are the aggregation
 *     hits     0  │ queries │ hits │ 0 │ counts … │ segment indexes … │ offsets … │ scores f32 …
 *     rows     1  │ rows │ segment indexes … │ offsets …
 *     failed   2  │ 0 │ JSON
 *     count    3  │ rows
 *     groups   4  │ 0 │ groups …
 *
 * Orders, aggregations and groups are in the form of `node:v8`.
 *
 * Numbers are u32 where nothing else is said, all little-endian. It never leaves the process.
 */
export type SearchThreadRequest =
  | (SegmentSearch & Addressed & { readonly kind: 'search' })
  | (RowSelection & Addressed & { readonly kind: 'select' })
  | (Snapshot & Addressed & { readonly kind: 'match' | 'count' })
  | (Snapshot & Addressed & { readonly kind: 'groups'; readonly aggregation: Aggregation })

interface Addressed {
  readonly generations: readonly number[]
  /** As `encodeFilter` made it; empty: every row passes. */
  readonly filter: EncodedFilter
}

export type SearchThreadAnswer =
  | { readonly kind: 'hits'; readonly hits: SearchHits }
  | { readonly kind: 'rows'; readonly rows: RowReferences }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'groups'; readonly groups: readonly RowGroup[] }
  | Failure

const requestCodes = { search: 0, select: 1, match: 2, count: 3, groups: 4 } as const
const answerCodes = { hits: 0, rows: 1, failed: 2, count: 3, groups: 4 } as const
const searchHeadBytes = 56
const scanHeadBytes = 40
const hitsHeadBytes = 16
const rowsHeadBytes = 8
const failedHeadBytes = 8
const countHeadBytes = 8
const groupsHeadBytes = 8
const wordBytes = Uint32Array.BYTES_PER_ELEMENT

export function writeRequest(writer: RecordWriter, request: SearchThreadRequest): void {
  if (request.kind === 'search') writeSearch(writer, request)
  else writeScan(writer, request)
}

export function readRequest(reader: RecordReader): SearchThreadRequest {
  const span = reader.next()
  const code = span.view.getUint32(span.at, true)
  return code === requestCodes.search ? readSearch(span) : readScan(span, code)
}

export function writeAnswer(writer: RecordWriter, answer: SearchThreadAnswer): void {
  switch (answer.kind) {
    case 'hits':
      writeHits(writer, answer.hits)
      return
    case 'rows':
      writeRows(writer, answer.rows)
      return
    case 'count':
      writeCount(writer, answer.count)
      return
    case 'groups':
      writeGroups(writer, answer.groups)
      return
    case 'failed':
      writeFailure(writer, answer)
      return
    default:
      unreachable(answer)
  }
}

/** The answer's arrays are copies. */
export function readAnswer(reader: RecordReader): SearchThreadAnswer {
  const span = reader.next()
  const kind = span.view.getUint32(span.at, true)
  if (kind === answerCodes.hits) return { kind: 'hits', hits: readHits(span) }
  if (kind === answerCodes.rows) return { kind: 'rows', rows: readRows(span) }
  if (kind === answerCodes.count) {
    return { kind: 'count', count: span.view.getUint32(span.at + 4, true) }
  }
  if (kind === answerCodes.groups) return { kind: 'groups', groups: readGroups(span) }
  return readFailure(span)
}

type SearchRequest = Extract<SearchThreadRequest, { kind: 'search' }>
type ScanRequest = Exclude<SearchThreadRequest, { kind: 'search' }>

function writeSearch(writer: RecordWriter, request: SearchRequest): void {
  const { generations, queries, filter } = request
  const options = encodeOptions(request)
  const generationsBytes = generations.length * wordBytes
  const tailBytes = generationsBytes + options.length + queries.length + filter.length
  const span = writer.add(searchHeadBytes + tailBytes)
  const { view, bytes, at } = span
  view.setUint32(at, requestCodes.search, true)
  view.setUint32(at + 4, generations.length, true)
  view.setBigInt64(at + 8, request.readAt, true)
  view.setBigInt64(at + 16, request.visibleAfter, true)
  view.setBigInt64(at + 24, request.fieldId, true)
  view.setUint32(at + 32, request.queryCount, true)
  view.setUint32(at + 36, request.topk, true)
  view.setUint32(at + 40, metrics.indexOf(request.metric), true)
  view.setUint32(at + 44, options.length, true)
  view.setUint32(at + 48, queries.length, true)
  view.setUint32(at + 52, filter.length, true)
  writeGenerations(span, at + searchHeadBytes, generations)
  const optionsAt = at + searchHeadBytes + generationsBytes
  bytes.set(options, optionsAt)
  bytes.set(queries, optionsAt + options.length)
  bytes.set(filter, optionsAt + options.length + queries.length)
}

function readSearch(span: RecordSpan): SearchRequest {
  const { view, bytes, at } = span
  const generationCount = view.getUint32(at + 4, true)
  const optionsAt = at + searchHeadBytes + generationCount * wordBytes
  const queriesAt = optionsAt + view.getUint32(at + 44, true)
  const filterAt = queriesAt + view.getUint32(at + 48, true)
  return {
    kind: 'search',
    generations: readGenerations(span, at + searchHeadBytes, generationCount),
    readAt: toId<Timestamp>(view.getBigInt64(at + 8, true)),
    visibleAfter: toId<Timestamp>(view.getBigInt64(at + 16, true)),
    fieldId: toId<FieldId>(view.getBigInt64(at + 24, true)),
    queryCount: view.getUint32(at + 32, true),
    topk: view.getUint32(at + 36, true),
    metric: present(metrics[view.getUint32(at + 40, true)], 'a metric is one that we know'),
    ...decodeOptions(bytes.subarray(optionsAt, queriesAt)),
    queries: bytes.subarray(queriesAt, filterAt),
    filter: bytes.subarray(filterAt, filterAt + view.getUint32(at + 52, true)),
  }
}

function writeScan(writer: RecordWriter, request: ScanRequest): void {
  const { generations, filter } = request
  const generationsBytes = generations.length * wordBytes
  const options = scanOptionsOf(request)
  const span = writer.add(scanHeadBytes + generationsBytes + filter.length + options.length)
  const { view, bytes, at } = span
  view.setUint32(at, requestCodes[request.kind], true)
  view.setUint32(at + 4, generations.length, true)
  view.setBigInt64(at + 8, request.readAt, true)
  view.setBigInt64(at + 16, request.visibleAfter, true)
  if (request.kind === 'select') {
    view.setUint32(at + 24, request.offset, true)
    view.setUint32(at + 28, request.limit, true)
  }
  view.setUint32(at + 32, filter.length, true)
  view.setUint32(at + 36, options.length, true)
  writeGenerations(span, at + scanHeadBytes, generations)
  const filterAt = at + scanHeadBytes + generationsBytes
  bytes.set(filter, filterAt)
  bytes.set(options, filterAt + filter.length)
}

function scanOptionsOf(request: ScanRequest): Uint8Array {
  if (request.kind === 'groups') return encodeScanOptions(request.aggregation)
  return encodeScanOptions(request.kind === 'select' ? request.order : undefined)
}

function readScan(span: RecordSpan, code: number): ScanRequest {
  const { view, bytes, at } = span
  const generationCount = view.getUint32(at + 4, true)
  const filterAt = at + scanHeadBytes + generationCount * wordBytes
  const optionsAt = filterAt + view.getUint32(at + 32, true)
  const common = {
    generations: readGenerations(span, at + scanHeadBytes, generationCount),
    readAt: toId<Timestamp>(view.getBigInt64(at + 8, true)),
    visibleAfter: toId<Timestamp>(view.getBigInt64(at + 16, true)),
    filter: bytes.subarray(filterAt, optionsAt),
  }
  const options = bytes.subarray(optionsAt, optionsAt + view.getUint32(at + 36, true))
  if (code === requestCodes.groups) {
    return { ...common, kind: 'groups', aggregation: decodeAggregation(options) }
  }
  if (code === requestCodes.match) return { ...common, kind: 'match' }
  if (code === requestCodes.count) return { ...common, kind: 'count' }
  return {
    ...common,
    kind: 'select',
    offset: view.getUint32(at + 24, true),
    limit: view.getUint32(at + 28, true),
    order: decodeOrder(options),
  }
}

function writeGenerations(span: RecordSpan, at: number, generations: readonly number[]): void {
  for (const [index, generation] of generations.entries()) {
    span.view.setUint32(at + index * wordBytes, generation, true)
  }
}

function readGenerations(span: RecordSpan, at: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) =>
    span.view.getUint32(at + index * wordBytes, true),
  )
}

function writeHits(writer: RecordWriter, hits: SearchHits): void {
  const { counts, segmentIndexes, offsets, scores } = hits
  const wordCount = counts.length + 3 * offsets.length
  const span = writer.add(hitsHeadBytes + wordCount * wordBytes)
  const { view, at } = span
  view.setUint32(at, answerCodes.hits, true)
  view.setUint32(at + 4, counts.length, true)
  view.setUint32(at + 8, offsets.length, true)
  const words = new Uint32Array(span.bytes.buffer, at + hitsHeadBytes, wordCount)
  words.set(counts, 0)
  words.set(segmentIndexes, counts.length)
  words.set(offsets, counts.length + offsets.length)
  const scoreBits = new Uint32Array(scores.buffer, scores.byteOffset, scores.length)
  words.set(scoreBits, counts.length + 2 * offsets.length)
}

function readHits(span: RecordSpan): SearchHits {
  const { view, at } = span
  const queryCount = view.getUint32(at + 4, true)
  const hitCount = view.getUint32(at + 8, true)
  const words = copyWords(span, at + hitsHeadBytes, queryCount + 3 * hitCount)
  const scoresAt = queryCount + 2 * hitCount
  return {
    counts: words.subarray(0, queryCount),
    segmentIndexes: words.subarray(queryCount, queryCount + hitCount),
    offsets: words.subarray(queryCount + hitCount, scoresAt),
    scores: new Float32Array(words.buffer, scoresAt * wordBytes, hitCount),
  }
}

function writeRows(writer: RecordWriter, rows: RowReferences): void {
  const { segmentIndexes, offsets } = rows
  const span = writer.add(rowsHeadBytes + 2 * offsets.length * wordBytes)
  const { view, at } = span
  view.setUint32(at, answerCodes.rows, true)
  view.setUint32(at + 4, offsets.length, true)
  const words = new Uint32Array(span.bytes.buffer, at + rowsHeadBytes, 2 * offsets.length)
  words.set(segmentIndexes, 0)
  words.set(offsets, offsets.length)
}

function readRows(span: RecordSpan): RowReferences {
  const rowCount = span.view.getUint32(span.at + 4, true)
  const words = copyWords(span, span.at + rowsHeadBytes, 2 * rowCount)
  return { segmentIndexes: words.subarray(0, rowCount), offsets: words.subarray(rowCount) }
}

function writeCount(writer: RecordWriter, count: number): void {
  const { view, at } = writer.add(countHeadBytes)
  view.setUint32(at, answerCodes.count, true)
  view.setUint32(at + 4, count, true)
}

function writeGroups(writer: RecordWriter, groups: readonly RowGroup[]): void {
  const encoded = encodeGroups(groups)
  const { view, bytes, at } = writer.add(groupsHeadBytes + encoded.length)
  view.setUint32(at, answerCodes.groups, true)
  bytes.set(encoded, at + groupsHeadBytes)
}

function readGroups({ bytes, at, sizeBytes }: RecordSpan): readonly RowGroup[] {
  return decodeGroups(bytes.subarray(at + groupsHeadBytes, at + sizeBytes))
}

function writeFailure(writer: RecordWriter, failure: Failure): void {
  const text = encoder.encode(JSON.stringify([failure.code, failure.message]))
  const { view, bytes, at } = writer.add(failedHeadBytes + text.length)
  view.setUint32(at, answerCodes.failed, true)
  bytes.set(text, at + failedHeadBytes)
}

function readFailure(span: RecordSpan): Failure {
  const { bytes, at, sizeBytes } = span
  const text = decoder.decode(bytes.subarray(at + failedHeadBytes, at + sizeBytes))
  const parsed: unknown = JSON.parse(text)
  assert(Array.isArray(parsed), 'a failure is a code and a message')
  const [code, message] = parsed.map(String)
  return { kind: 'failed', code: code ?? '', message: message ?? '' }
}

function copyWords(span: RecordSpan, at: number, count: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(new Uint32Array(span.bytes.buffer, at, count))
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
