import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { describe, expect, it } from 'vitest'
import { startHelper } from '../../../bench/lib/helper.ts'
import { bareSuccess, failureOf, hitIdsOf } from '../../../bench/lib/milvus-messages.ts'
import type { NullServer } from '../../../bench/lib/null-server.ts'

function message(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter()
  write(writer)
  return writer.finish()
}

describe('failureOf', () => {
  it('finds none in a bare success, nor in a message of defaults', () => {
    expect([failureOf(bareSuccess), failureOf(new Uint8Array())]).toEqual([undefined, undefined])
  })

  it('reads code and reason, past fields that it does not know', () => {
    const response = message((writer) => {
      writer.tag(1, WireType.LengthDelimited).fork()
      writer.tag(1, WireType.Varint).int32(4)
      writer.tag(2, WireType.LengthDelimited).string('no such collection')
      writer.tag(3, WireType.Varint).int32(100)
      writer.tag(4, WireType.Varint).bool(true)
      writer.join()
    })
    expect(failureOf(response)).toBe('100: no such collection')
  })
})

describe('hitIdsOf', () => {
  it('reads the ids of all hits, past the rest of the response', () => {
    const response = message((writer) => {
      writer.tag(1, WireType.LengthDelimited).fork().join()
      writer.tag(2, WireType.LengthDelimited).fork()
      writer.tag(4, WireType.LengthDelimited).fork().float(1).float(2).join()
      writer.tag(5, WireType.LengthDelimited).fork()
      writer.tag(1, WireType.LengthDelimited).fork()
      writer.tag(1, WireType.LengthDelimited).fork().int64(7).int64(300).join()
      writer.join().join().join()
    })
    expect(hitIdsOf(response)).toEqual([7, 300])
  })

  it('finds none in an empty response', () => {
    expect(hitIdsOf(bareSuccess)).toEqual([])
  })
})

describe('the null server', () => {
  const module = new URL('../../../bench/lib/null-server.ts', import.meta.url)

  it('satisfies the official client, and keeps the searches that it sent', async () => {
    await using server = await startHelper<NullServer>(module)
    const port = await server.call('listen', { name: 'bench', dimension: 2 })
    const client = new MilvusClient({ address: `127.0.0.1:${port}`, logLevel: 'error' })
    await client.connectPromise
    const inserted = await client.insert({
      collection_name: 'bench',
      data: [{ id: 1, vector: [0.5, 1] }],
    })
    const found = await client.search({ collection_name: 'bench', data: [0.5, 1], limit: 3 })
    await client.closeConnection()
    expect(inserted.status.error_code).toBe('Success')
    expect(found.results).toEqual([])
    const searches = await server.call('takeSearches', undefined)
    const query = Buffer.from(Float32Array.of(0.5, 1).buffer)
    expect(searches.map((request) => Buffer.from(request).includes(query))).toEqual([true])
  })

  it('tells its parent what failed', async () => {
    await using server = await startHelper<{ readonly sing: () => void }>(module)
    await expect(server.call('sing', undefined)).rejects.toThrow('no operation sing')
  })
})
