import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRpcChannel } from '../../src/rpc/rpc-channel.ts'
import { remoteChannels } from '../../src/rpc/seed/message-stream.ts'
import { MsgType } from '../../src/services/seed/common-messages.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Answer, isAnswer, SeedClient, statusOf } from './seed-client.ts'
import {
  beginFlush,
  collectionIdOf,
  insertRows,
  makeRows,
  nodeCount,
  services,
  succeeding,
  tallyOf,
} from './seed-rows.ts'
import { ServerProcess } from './server-process.ts'

const { data, dataNode } = services

describe('data nodes in processes of their own', () => {
  it('T21, T22: write what is flushed, and the coordinator does it where one was killed', async () => {
    await using folder = await temporaryFolder()
    await using server = await ServerProcess.start(folder.path)
    const role = ['--role', 'data-node', '--coordinator', server.address]
    await using node = await ServerProcess.start(folder.path, role)
    using client = new SeedClient(server.address)
    using toNode = new SeedClient(node.address)
    const succeed = succeeding(client)
    await expect.poll(() => nodeCount(client, data), { timeout: 10_000 }).toBe(1)
    await makeRows(succeed, { count: 4_000 })
    const tally = (key: string) => tallyOf(toNode, dataNode, key)
    await expect.poll(() => tally('flushed_segment_count'), { timeout: 5_000 }).toBe(1)
    expect(await tally('buffered_segment_count')).toBe(0)
    const unknown = await toNode.call(dataNode, 'FlushSegments', { segmentIDs: ['7'] })
    expect(statusOf(unknown)).toBe('UNEXPECTED_ERROR')
    const noService = await toNode.call(dataNode, 'SetMasterServiceInterface')
    expect(statusOf(noService)).toBe('ILLEGAL_ARGUMENT')
    const address = { ip: '127.0.0.1', port: server.port }
    for (const method of ['SetMasterServiceInterface', 'SetDataServiceInterface']) {
      const again = await toNode.call(dataNode, method, { address })
      expect(statusOf(again)).toBe('ILLEGAL_ARGUMENT')
    }
    const channelNames = ['by-dev-dml_0', 'by-dev-dml_1']
    for (let twice = 0; twice < 2; twice += 1) {
      const watched = await toNode.call(dataNode, 'WatchDmChannels', { channelNames })
      expect(statusOf(watched)).toBe('SUCCESS')
    }
    expect(await tally('followed_channel_count')).toBe(2)
    const positions = { start_positions: [{ msgID: Buffer.from('odd') }] }
    const odd = await toNode.call(dataNode, 'WatchDmChannels', { channelNames, ...positions })
    expect(statusOf(odd)).toBe('ILLEGAL_ARGUMENT')
    for (const method of ['GetTimeTickChannel', 'GetStatisticsChannel', 'GetComponentStates']) {
      expect(statusOf(await toNode.call(dataNode, method))).toBe('SUCCESS')
    }

    await node.end('SIGKILL')
    await makeRows(succeed, { from: 4_000, count: 4_000 })
    expect(await countOf(client)).toBe(8_000)
  })

  it('are killed in the middle of a flush: nothing is lost, and nothing is in meta twice', async () => {
    await using folder = await temporaryFolder()
    const config = join(folder.path, 'config.json')
    await writeFile(config, JSON.stringify({ orphanToleranceMs: 0, orphanPeriodMs: 1_000 }))
    const path = join(folder.path, 'data')
    await using server = await ServerProcess.start(path, ['--config', config])
    const role = ['--role', 'data-node', '--coordinator', server.address]
    using client = new SeedClient(server.address)
    const succeed = succeeding(client)
    const batch = { count: 8_000, dimension: 768 }
    let rowCount = 0
    let isKilledAtWork = false
    // A flush may be over before it is seen; then the next one is tried.
    while (!isKilledAtWork && rowCount < 5 * batch.count) {
      await using node = await ServerProcess.start(path, role)
      using toNode = new SeedClient(node.address)
      await expect.poll(() => nodeCount(client, data), { timeout: 10_000 }).toBe(1)
      await insertRows(succeed, { ...batch, from: rowCount })
      rowCount += batch.count
      const isFlushed = await beginFlush(succeed)
      while (!isKilledAtWork && !(await isFlushed())) {
        isKilledAtWork = (await tallyOf(toNode, dataNode, 'flushing_segment_count')) === 1
      }
      await node.end('SIGKILL')
      await expect.poll(isFlushed, { timeout: 30_000 }).toBe(true)
    }
    expect(isKilledAtWork).toBe(true)

    expect(await countOf(client)).toBe(rowCount)
    const collectionID = await collectionIdOf(succeed)
    const { binlogs } = await succeed(data, 'GetRecoveryInfo', { collectionID })
    const segments = listOf(binlogs)
    expect(segments.length).toBe(rowCount / batch.count)
    const named: string[] = []
    for (const segment of segments) {
      for (const field of listOf(segment['fieldBinlogs'])) {
        const files = listOf(field['binlogs'])
        expect(files.map((file) => Number(file['entries_num']))).toEqual([batch.count])
        named.push(...files.map((file) => String(file['path'])))
      }
    }
    // What the node has left behind is swept away, and nothing else.
    const found = () => objectsUnder(join(path, 'objects'), 'insert_log')
    await expect.poll(found, { timeout: 10_000 }).toEqual(named.toSorted())
  })

  it('share the channels, and take over those of one that leaves', async () => {
    await using folder = await temporaryFolder()
    await using server = await ServerProcess.start(folder.path)
    const role = ['--role', 'data-node', '--coordinator', server.address]
    await using first = await ServerProcess.start(folder.path, role)
    using client = new SeedClient(server.address)
    using toFirst = new SeedClient(first.address)
    const succeed = succeeding(client)
    const followed = (node: SeedClient) => tallyOf(node, dataNode, 'followed_channel_count')
    await expect.poll(() => followed(toFirst), { timeout: 10_000 }).toBe(2)
    await insertRows(succeed, { count: 1_000 })
    await using second = await ServerProcess.start(folder.path, role)
    using toSecond = new SeedClient(second.address)
    await expect.poll(() => followed(toSecond), { timeout: 10_000 }).toBe(1)
    await expect.poll(() => followed(toFirst), { timeout: 10_000 }).toBe(1)
    await first.end('SIGKILL')
    await expect.poll(() => followed(toSecond), { timeout: 10_000 }).toBe(2)
    const isFlushed = await beginFlush(succeed)
    await expect.poll(isFlushed, { timeout: 30_000 }).toBe(true)
    await expect
      .poll(() => tallyOf(toSecond, dataNode, 'flushed_segment_count'), { timeout: 30_000 })
      .toBe(1)
    expect(await countOf(client)).toBe(1_000)
  })

  it('tell how their segments grow', async () => {
    await using folder = await temporaryFolder()
    await using server = await ServerProcess.start(folder.path)
    const role = ['--role', 'data-node', '--coordinator', server.address]
    await using _node = await ServerProcess.start(folder.path, role)
    using client = new SeedClient(server.address)
    const succeed = succeeding(client)
    await expect.poll(() => nodeCount(client, data), { timeout: 10_000 }).toBe(1)
    const { subcomponent_states } = await succeed(data, 'GetComponentStates')
    const nodeID = BigInt(String(listOf(subcomponent_states)[0]?.['nodeID']))
    await insertRows(succeed, { count: 1_000 })
    using channel = openRpcChannel(server.address)
    const stop = new AbortController()
    const { value } = await succeed(data, 'GetStatisticsChannel')
    const told: bigint[] = []
    const start = { kind: 'first' } as const
    for await (const { body } of remoteChannels(channel).consume(
      String(value),
      start,
      stop.signal,
    )) {
      if (body.type !== MsgType.SEGMENT_STATISTICS) continue
      expect(body.message.base?.sourceID).toBe(nodeID)
      told.push(...body.message.SegStats.map(({ NumRows }) => NumRows))
      if (told.at(-1) === 1_000n) break
    }
    stop.abort()
    expect(told.toSorted((one, other) => Number(one - other))).toEqual(told)
    const stats = { segments_stats: [{ SegmentID: '7' }] }
    for (const [sourceID, SegmentID, code] of [
      ['5', '7', 'UNEXPECTED_ERROR'],
      ['5', await segmentIdOf(client), 'META_FAILED'],
    ]) {
      const msgs = [{ ...stats, segments_stats: [{ SegmentID }] }]
      const refused = await client.call(data, 'ReportDataNodeTtMsgs', { base: { sourceID }, msgs })
      expect(statusOf(refused)).toBe(code)
    }
  })
})

async function countOf(client: SeedClient): Promise<number> {
  const succeed = succeeding(client)
  const collectionID = await collectionIdOf(succeed)
  return Number((await succeed(data, 'GetCount', { collectionID }))['count'])
}

async function segmentIdOf(client: SeedClient): Promise<unknown> {
  const succeed = succeeding(client)
  const collectionID = await collectionIdOf(succeed)
  const { segmentIDs } = await succeed(data, 'ShowSegments', { collectionID })
  return Array.isArray(segmentIDs) ? segmentIDs[0] : undefined
}

async function objectsUnder(folder: string, kind: string): Promise<readonly string[]> {
  const entries = await readdir(join(folder, kind), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}

function listOf(value: unknown): readonly Answer[] {
  return Array.isArray(value) ? value.filter(isAnswer) : []
}
