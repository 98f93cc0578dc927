import { assert, present, unreachable } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import type { Timestamp } from '../base/timestamp.ts'
import { metrics } from '../schema/metric.ts'
import type { SearchHits, SegmentSearch } from '../segment/search-segments.ts'
import type { RowReferences } from '../segment/segment.ts'
import type { RowSelection } from '../segment/select-rows.ts'
import type { SearchParams } from '../vector-index/contract.ts'
import type { Failure } from './failure.ts'
import type { RecordReader, RecordSpan, RecordWriter } from './shared-records.ts'

/**
 * Requests to a search thread and its answers, as records. Segments go by their generations.
 *
 *     search   0  │ segment count │ read at i64 │ visible after i64 │ field i64 │ queries │ topk │
 *              metric │ params bytes │ query bytes │ 0 │ generations u32 … │ params JSON │ queries float32 …
 *     select   1  │ segment count │ read at i64 │ visible after i64 │ offset │ limit │
 *              generations u32 …
 *     hits     0  │ queries │ hits │ 0 │ counts … │ segment indexes … │ offsets … │ scores f32 …
 *     rows     1  │ rows │ segment indexes … │ offsets …
 *     failed   2  │ 0 │ JSON
 *
 * Numbers are u32 where nothing else is said, all little-endian. It never leaves the process.
 */
export type SearchThreadRequest =
  | (SegmentSearch & { readonly kind: 'search'; readonly generations: readonly number[] })
  | (RowSelection & { readonly kind: 'select'; readonly generations: readonly number[] })

export type SearchThreadAnswer =
  | { readonly kind: 'hits'; readonly hits: SearchHits }
  | { readonly kind: 'rows'; readonly rows: RowReferences }
  | Failure

const codes = { search: 0, select: 1, hits: 0, rows: 1, failed: 2 } as const
const searchHeadBytes = 56
const selectHeadBytes = 32
const hitsHeadBytes = 16
const rowsHeadBytes = 8
const failedHeadBytes = 8
const wordBytes = Uint32Array.BYTES_PER_ELEMENT

export function writeRequest(writer: RecordWriter, request: SearchThreadRequest): void {
  if (request.kind === 'search') writeSearch(writer, request)
  else writeSelect(writer, request)
}

export function readRequest(reader: RecordReader): SearchThreadRequest {
  const span = reader.next()
  const { view, at } = span
  return view.getUint32(at, true) === codes.search ? readSearch(span) : readSelect(span)
}

export function writeAnswer(writer: RecordWriter, answer: SearchThreadAnswer): void {
  switch (answer.kind) {
    case 'hits':
      writeHits(writer, answer.hits)
      return
    case 'rows':
      writeRows(writer, answer.rows)
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
  if (kind === codes.hits) return { kind: 'hits', hits: readHits(span) }
  if (kind === codes.rows) return { kind: 'rows', rows: readRows(span) }
  return readFailure(span)
}

type SearchRequest = Extract<SearchThreadRequest, { kind: 'search' }>
type SelectRequest = Extract<SearchThreadRequest, { kind: 'select' }>

function writeSearch(writer: RecordWriter, request: SearchRequest): void {
  const { generations, queries } = request
  const params = encodeParams(request.params)
  const generationsBytes = generations.length * wordBytes
  const span = writer.add(searchHeadBytes + generationsBytes + params.length + queries.length)
  const { view, bytes, at } = span
  view.setUint32(at, codes.search, true)
  view.setUint32(at + 4, generations.length, true)
  view.setBigInt64(at + 8, request.readAt, true)
  view.setBigInt64(at + 16, request.visibleAfter, true)
  view.setBigInt64(at + 24, request.fieldId, true)
  view.setUint32(at + 32, request.queryCount, true)
  view.setUint32(at + 36, request.topk, true)
  view.setUint32(at + 40, metrics.indexOf(request.metric), true)
  view.setUint32(at + 44, params.length, true)
  view.setUint32(at + 48, queries.length, true)
  writeGenerations(span, at + searchHeadBytes, generations)
  const paramsAt = at + searchHeadBytes + generationsBytes
  bytes.set(params, paramsAt)
  bytes.set(queries, paramsAt + params.length)
}

function readSearch(span: RecordSpan): SearchRequest {
  const { view, bytes, at } = span
  const generationCount = view.getUint32(at + 4, true)
  const paramsAt = at + searchHeadBytes + generationCount * wordBytes
  const queriesAt = paramsAt + view.getUint32(at + 44, true)
  return {
    kind: 'search',
    generations: readGenerations(span, at + searchHeadBytes, generationCount),
    readAt: toId<Timestamp>(view.getBigInt64(at + 8, true)),
    visibleAfter: toId<Timestamp>(view.getBigInt64(at + 16, true)),
    fieldId: toId<FieldId>(view.getBigInt64(at + 24, true)),
    queryCount: view.getUint32(at + 32, true),
    topk: view.getUint32(at + 36, true),
    metric: present(metrics[view.getUint32(at + 40, true)], 'a metric is one that we know'),
    params: decodeParams(bytes.subarray(paramsAt, queriesAt)),
    queries: bytes.subarray(queriesAt, queriesAt + view.getUint32(at + 48, true)),
  }
}

function writeSelect(writer: RecordWriter, request: SelectRequest): void {
  const { generations } = request
  const span = writer.add(selectHeadBytes + generations.length * wordBytes)
  const { view, at } = span
  view.setUint32(at, codes.select, true)
  view.setUint32(at + 4, generations.length, true)
  view.setBigInt64(at + 8, request.readAt, true)
  view.setBigInt64(at + 16, request.visibleAfter, true)
  view.setUint32(at + 24, request.offset, true)
  view.setUint32(at + 28, request.limit, true)
  writeGenerations(span, at + selectHeadBytes, generations)
}

function readSelect(span: RecordSpan): SelectRequest {
  const { view, at } = span
  return {
    kind: 'select',
    generations: readGenerations(span, at + selectHeadBytes, view.getUint32(at + 4, true)),
    readAt: toId<Timestamp>(view.getBigInt64(at + 8, true)),
    visibleAfter: toId<Timestamp>(view.getBigInt64(at + 16, true)),
    offset: view.getUint32(at + 24, true),
    limit: view.getUint32(at + 28, true),
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
  view.setUint32(at, codes.hits, true)
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
  view.setUint32(at, codes.rows, true)
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

function writeFailure(writer: RecordWriter, failure: Failure): void {
  const text = encoder.encode(JSON.stringify([failure.code, failure.message]))
  const { view, bytes, at } = writer.add(failedHeadBytes + text.length)
  view.setUint32(at, codes.failed, true)
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
const noParams = new Uint8Array(0)

function encodeParams(params: SearchParams): Uint8Array {
  for (const _name in params) return encoder.encode(JSON.stringify(params))
  return noParams
}

function decodeParams(bytes: Uint8Array): SearchParams {
  const params: Record<string, number> = {}
  if (bytes.length === 0) return params
  const parsed: unknown = JSON.parse(decoder.decode(bytes))
  assert(typeof parsed === 'object' && parsed !== null, 'parameters are an object')
  for (const [name, value] of Object.entries(parsed)) params[name] = Number(value)
  return params
}
