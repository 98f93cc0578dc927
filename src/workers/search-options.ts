import { assert } from '../base/assert.ts'
import type { FieldId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'
import type { SearchReach } from '../segment/collect-hits.ts'
import type { ScoreBounds } from '../segment/score-bounds.ts'
import type { SegmentSearch } from '../segment/search-segments.ts'

/**
 * What most searches do not have, as text: parameters of the index, and how far the hits reach. None
 * of it is nothing at all, so that the common search costs no text.
 */
export type SearchOptions = Pick<SegmentSearch, 'params' | 'reach'>

export function encodeOptions({ params, reach }: SearchOptions): Uint8Array {
  if (reach === undefined && Object.keys(params).length === 0) return noOptions
  return encoder.encode(JSON.stringify({ params, reach: reach && encodedReach(reach) }))
}

export function decodeOptions(bytes: Uint8Array): SearchOptions {
  if (bytes.length === 0) return { params: {}, reach: undefined }
  const options: unknown = JSON.parse(decoder.decode(bytes))
  assert(isRecord(options) && isRecord(options['params']), 'options are what was encoded')
  return { params: numbersOf(options['params']), reach: reachOf(options['reach']) }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const noOptions = new Uint8Array(0)

function encodedReach(reach: SearchReach): object {
  if (reach.kind !== 'groups') return reach
  const { absentKey } = reach
  return {
    ...reach,
    fieldId: String(reach.fieldId),
    // JSON has no bigint, and would make a number of it.
    absentKey: absentKey === undefined ? undefined : [typeof absentKey, String(absentKey)],
  }
}

function reachOf(value: unknown): SearchReach | undefined {
  if (value === undefined) return undefined
  assert(isRecord(value), 'a reach is what was encoded')
  const { kind, bounds, fieldId, groupSize, isStrict, absentKey } = value
  if (kind === 'groups') {
    return {
      kind,
      fieldId: toId<FieldId>(BigInt(String(fieldId))),
      groupSize: Number(groupSize),
      isStrict: isStrict === true,
      absentKey: keyOf(absentKey),
    }
  }
  assert((kind === 'nearest' || kind === 'page') && isRecord(bounds), 'a reach is one that we know')
  return { kind, bounds: boundsOf(bounds) }
}

function keyOf(value: unknown): bigint | number | string | undefined {
  if (!Array.isArray(value)) return undefined
  const [type = '', text = ''] = value.map(String)
  if (type === 'bigint') return BigInt(text)
  return type === 'number' ? Number(text) : text
}

function boundsOf(value: Readonly<Record<string, unknown>>): ScoreBounds {
  return numbersOf(value)
}

function numbersOf(value: Readonly<Record<string, unknown>>): Record<string, number> {
  const numbers: Record<string, number> = {}
  for (const [name, number] of Object.entries(value)) numbers[name] = Number(number)
  return numbers
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
