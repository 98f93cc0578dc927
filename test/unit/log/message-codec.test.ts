import { describe, expect, it } from 'vitest'
import type {
  CollectionId,
  FieldId,
  PartitionId,
  RowId,
  SegmentId,
} from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import type { LogMessage } from '../../../src/log/message.ts'
import { decodeMessage, encodeMessage } from '../../../src/log/message-codec.ts'
import type { Column } from '../../../src/schema/row-batch.ts'

const columns: readonly Column[] = [
  { type: 'Bool', values: Uint8Array.of(1, 0, 1) },
  { type: 'Int8', values: Int8Array.of(-128, 0, 127) },
  { type: 'Int16', values: Int16Array.of(-32768, 0, 32767) },
  { type: 'Int32', values: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
  { type: 'Int64', values: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n, 2n ** 63n - 1n) },
  { type: 'Float', values: Float32Array.of(-0, 1e-45, 3.4e38) },
  { type: 'Double', values: Float64Array.of(-0, 5e-324, 1.7e308) },
  {
    type: 'VarChar',
    offsets: Uint32Array.of(0, 0, 3, 8),
    bytes: new TextEncoder().encode('abcdéfg'),
  },
  {
    type: 'JSON',
    offsets: Uint32Array.of(0, 2, 2, 6),
    bytes: new TextEncoder().encode('{}null'),
    validity: Uint8Array.of(0b101),
  },
  {
    type: 'Array',
    offsets: Uint32Array.of(0, 1, 1, 3),
    elements: { type: 'Int8', values: Int8Array.of(-1, 0, 1) },
    validity: Uint8Array.of(0b111),
  },
  {
    type: 'Array',
    offsets: Uint32Array.of(0, 2, 2, 2),
    elements: { type: 'VarChar', offsets: Uint32Array.of(0, 0, 1), bytes: Uint8Array.of(0x61) },
  },
  { type: 'Int64', values: BigInt64Array.of(1n, 0n, 3n), validity: Uint8Array.of(0b101) },
  { type: 'BinaryVector', dimension: 16, bytes: unaligned(6) },
  { type: 'Float16Vector', dimension: 3, bytes: unaligned(18) },
  { type: 'BFloat16Vector', dimension: 3, bytes: unaligned(18) },
  { type: 'Int8Vector', dimension: 3, bytes: unaligned(9) },
  { type: 'FloatVector', dimension: 2, bytes: unaligned(24) },
  { type: 'FloatVector', dimension: 1000, bytes: unaligned(12_000) },
]

/** A view that starts at an odd address, as a vector in a request does. */
function unaligned(size: number): Uint8Array {
  const bytes = new Uint8Array(size + 1).subarray(1)
  bytes.forEach((_, index) => {
    bytes[index] = (index * 7) & 0xff
  })
  return bytes
}

function insertMessage(): LogMessage {
  const named = columns.map(
    (column, index) => [toId<FieldId>(BigInt(100 + index)), column] as const,
  )
  const part = {
    partitionId: toId<PartitionId>(2n ** 60n),
    segmentId: toId<SegmentId>(2n ** 61n),
    shardIndex: 3,
    rowIdFirst: toId<RowId>(7n),
    batch: { rowCount: 3, columns: new Map(named) },
  }
  return { kind: 'insert', collectionId: toId<CollectionId>(9n), parts: [part, part] }
}

function roundTrip(message: LogMessage): LogMessage {
  return decodeMessage(Buffer.concat(encodeMessage(message)))
}

describe('a log message', () => {
  it('comes back as it went, whatever its columns', () => {
    const decoded = roundTrip(insertMessage())
    expect(decoded.kind).toBe('insert')
    expect(flat(decoded)).toEqual(flat(insertMessage()))
  })

  it('brings deletes back with keys of both types', () => {
    const part = { partitionId: toId<PartitionId>(0n), shardIndex: 0 }
    const message: LogMessage = {
      kind: 'delete',
      collectionId: toId<CollectionId>(9n),
      parts: [
        { ...part, primaryKeys: { type: 'Int64', values: BigInt64Array.of(-1n, 2n ** 62n) } },
        { ...part, primaryKeys: { type: 'VarChar', values: ['', 'é', 'x'.repeat(5000)] } },
      ],
    }
    expect(roundTrip(message)).toEqual(message)
  })

  it('does not copy a large vector column', () => {
    const parts = encodeMessage(insertMessage())
    const large = columns.at(-1)
    expect(large?.type === 'FloatVector' && parts.includes(large.bytes)).toBe(true)
  })

  it('is refused as corrupt wherever it is cut', () => {
    const bytes = Buffer.concat(encodeMessage(insertMessage()))
    for (let size = 0; size < 400; size += 1) {
      expect(() => decodeMessage(bytes.subarray(0, size))).toThrow(/log message/)
    }
  })

  it('is refused when its kind or version is unknown', () => {
    const bytes = Buffer.concat(encodeMessage(insertMessage()))
    for (const offset of [0, 1]) {
      const changed = Buffer.from(bytes)
      changed[offset] = 99
      expect(() => decodeMessage(changed)).toThrow(/99/)
    }
  })
})

/** Plain data, so that a failure shows what differs. */
function flat(message: LogMessage): unknown {
  return JSON.parse(JSON.stringify(message, plain))
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Map) return [...value]
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  }
  return value
}
