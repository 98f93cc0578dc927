import { describe, expect, it } from 'vitest'
import type {
  CollectionId,
  FieldId,
  PartitionId,
  RowId,
  SegmentId,
} from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { deletesOf, insertsOf, type LogMessage } from '../../../src/log/message.ts'
import { decodeMessage, encodeMessage } from '../../../src/log/message-codec.ts'

describe('an upsert', () => {
  const message: LogMessage = {
    kind: 'upsert',
    collectionId: toId<CollectionId>(9n),
    deletes: [
      {
        partitionId: toId<PartitionId>(0n),
        shardIndex: 1,
        primaryKeys: { type: 'Int64', values: BigInt64Array.of(3n, 4n, 5n) },
      },
    ],
    inserts: [
      {
        partitionId: toId<PartitionId>(7n),
        segmentId: toId<SegmentId>(8n),
        shardIndex: 1,
        rowIdFirst: toId<RowId>(100n),
        batch: {
          rowCount: 3,
          columns: new Map([
            [toId<FieldId>(100n), { type: 'Int64', values: BigInt64Array.of(3n, 4n, 5n) }],
          ]),
        },
      },
    ],
  }

  it('comes back from the log as one message', () => {
    expect(decodeMessage(Buffer.concat(encodeMessage(message)))).toEqual(message)
  })

  it('has both parts, and the other kinds have one', () => {
    expect(deletesOf(message)).toHaveLength(1)
    expect(insertsOf(message)).toHaveLength(1)
    const { collectionId } = message
    expect(deletesOf({ kind: 'insert', collectionId, parts: insertsOf(message) })).toEqual([])
    expect(insertsOf({ kind: 'delete', collectionId, parts: deletesOf(message) })).toEqual([])
  })
})
