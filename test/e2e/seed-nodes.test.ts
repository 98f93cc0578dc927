import { randomFillSync } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { isAnswer, SeedClient, statusOf } from './seed-client.ts'
import { ServerProcess } from './server-process.ts'

const master = 'elanus.master.Master'
const data = 'elanus.data.DataService'
const index = 'elanus.index.IndexService'
const stream = 'elanus.message.MessageStream'

const dimension = 64
const named = { collection_name: 'birds' }
const onField = { ...named, field_name: 'vector' }

describe('index nodes in processes of their own', () => {
  it('build what is asked for, and another does what one that is killed has begun', async () => {
    await using folder = await temporaryFolder()
    await using server = await ServerProcess.start(folder.path)
    const role = ['--role', 'index-node', '--coordinator', server.address]
    await using first = await ServerProcess.start(folder.path, role)
    await using second = await ServerProcess.start(folder.path, role)
    using client = new SeedClient(server.address)
    const succeed = async (service: string, method: string, request: object = {}) => {
      const answer = await client.call(service, method, request)
      expect([method, statusOf(answer), answer]).toEqual([method, 'SUCCESS', answer])
      return answer
    }
    await expect.poll(() => nodeCount(client), { timeout: 10_000 }).toBe(2)

    await makeRows(succeed, 8_000)
    const extra_params = [
      { key: 'index_type', value: 'HNSW' },
      { key: 'metric_type', value: 'L2' },
      { key: 'params', value: JSON.stringify({ M: 16, efConstruction: 200 }) },
    ]
    await succeed(master, 'CreateIndex', { ...onField, extra_params })
    const state = async () => (await succeed(master, 'GetIndexState', onField))['state']
    expect(await state()).toBe('INPROGRESS')
    using toFirst = new SeedClient(first.address)
    await expect.poll(() => buildCount(toFirst), { timeout: 10_000, interval: 10 }).toBe(1)
    await first.end('SIGKILL')
    await expect.poll(state, { timeout: 50_000, interval: 200 }).toBe('FINISHED')

    // The coordinator's own threads built nothing: a build's folders are one for each attempt.
    const builds = await readdir(join(folder.path, 'objects/index_files'))
    expect(builds).toHaveLength(1)
    const versions = await readdir(join(folder.path, 'objects/index_files', builds[0] ?? ''))
    expect(versions).toEqual(['2'])
    await expect.poll(() => nodeCount(client), { timeout: 10_000 }).toBe(1)
    expect(await second.end('SIGTERM')).toBe(0)
  })

  it('come back to a coordinator that has started again', async () => {
    await using folder = await temporaryFolder()
    const server = await ServerProcess.start(folder.path)
    const role = ['--role', 'index-node', '--coordinator', server.address]
    await using node = await ServerProcess.start(folder.path, role)
    await server.end('SIGKILL')
    await using again = await ServerProcess.start(folder.path, ['--port', String(server.port)])
    using client = new SeedClient(again.address)
    await expect.poll(() => nodeCount(client), { timeout: 20_000 }).toBe(1)
    expect(await node.end('SIGTERM')).toBe(0)
  })
})

describe('data nodes in processes of their own', () => {
  it('T21, T22: write what is flushed, and the coordinator does it where one was killed', async () => {
    await using folder = await temporaryFolder()
    await using server = await ServerProcess.start(folder.path)
    const role = ['--role', 'data-node', '--coordinator', server.address]
    await using node = await ServerProcess.start(folder.path, role)
    using client = new SeedClient(server.address)
    using toNode = new SeedClient(node.address)
    const succeed = async (service: string, method: string, request: object = {}) => {
      const answer = await client.call(service, method, request)
      expect([method, statusOf(answer), answer]).toEqual([method, 'SUCCESS', answer])
      return answer
    }
    await expect.poll(() => nodeCount(client, data), { timeout: 10_000 }).toBe(1)
    await makeRows(succeed, 4_000)
    const tally = (key: string) => infoOf(toNode, dataNode, key)
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
    expect(statusOf(await toNode.call(dataNode, 'WatchDmChannels', { channelNames }))).toBe(
      'SUCCESS',
    )

    await node.end('SIGKILL')
    await makeRows(succeed, 4_000)
    const { count } = await succeed(data, 'GetCount', await idOf(succeed))
    expect(count).toBe('8000')
  })
})

const dataNode = 'elanus.data.DataNode'

async function nodeCount(client: SeedClient, service = index): Promise<number> {
  const { subcomponent_states } = await client.call(service, 'GetComponentStates')
  return Array.isArray(subcomponent_states) ? subcomponent_states.length : 0
}

/** How many builds a node is at. */
function buildCount(client: SeedClient): Promise<number> {
  return infoOf(client, 'elanus.index.IndexNode', 'build_count')
}

/** A number that a node tells of itself. */
async function infoOf(client: SeedClient, service: string, key: string): Promise<number> {
  const { state } = await client.call(service, 'GetComponentStates')
  const info: unknown[] =
    isAnswer(state) && Array.isArray(state['extra_info']) ? state['extra_info'] : []
  const found = info.filter(isAnswer).find((entry) => entry['key'] === key)
  return Number(found?.['value'] ?? -1)
}

async function idOf(
  succeed: (service: string, method: string, request?: object) => Promise<object>,
): Promise<object> {
  const described = await succeed(master, 'DescribeCollection', named)
  return 'collectionID' in described ? { collectionID: described.collectionID } : {}
}

/** A flushed collection of random vectors. */
async function makeRows(
  succeed: (service: string, method: string, request?: object) => Promise<object>,
  count: number,
): Promise<void> {
  const fields = [
    { name: 'id', data_type: 'INT64', is_primary_key: true },
    {
      name: 'vector',
      data_type: 'VECTOR_FLOAT',
      type_params: [{ key: 'dim', value: String(dimension) }],
    },
  ]
  await succeed(master, 'CreateCollection', { ...named, schema: { fields } })
  const { collectionID } = { collectionID: 0, ...(await idOf(succeed)) }
  for (let key = 0; key < count; key += 2_000) {
    const row_data = Array.from({ length: 2_000 }, (_, row) => ({ value: randomRow(key + row) }))
    await succeed(stream, 'Insert', { ...named, row_data })
  }
  const flushed = await succeed(data, 'Flush', { collectionID })
  const asked = { ...flushed, status: undefined, collectionID }
  const isFlushed = async () => {
    const answer = await succeed(data, 'GetFlushState', asked)
    return 'flushed' in answer && answer.flushed
  }
  await expect.poll(isFlushed, { timeout: 30_000 }).toBe(true)
}

/** Small numbers: any bytes whose exponent is not full make one. */
function randomRow(key: number): Buffer {
  const value = Buffer.alloc(8 + 4 * dimension)
  value.writeBigInt64LE(BigInt(key))
  const random = randomFillSync(new Uint8Array(dimension))
  for (const [place, byte] of random.entries()) value.writeFloatLE(byte / 256, 8 + 4 * place)
  return value
}
