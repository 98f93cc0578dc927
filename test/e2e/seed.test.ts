import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { isAnswer, SeedClient, statusOf } from './seed-client.ts'
import { ServerProcess } from './server-process.ts'

const master = 'elanus.master.Master'
const data = 'elanus.data.DataService'
const index = 'elanus.index.IndexService'
const stream = 'elanus.message.MessageStream'

const field = (name: string, rest: object) => ({ name, ...rest })
const schema = {
  fields: [
    field('id', { data_type: 'INT64', is_primary_key: true }),
    field('vector', {
      data_type: 'VECTOR_FLOAT',
      type_params: [{ key: 'dim', value: '2' }],
    }),
  ],
}

/** A row as a blob: a key and two floats. */
function row(key: number): { value: Buffer } {
  const value = Buffer.alloc(16)
  value.writeBigInt64LE(BigInt(key))
  value.writeFloatLE(key, 8)
  return { value }
}

describe('a program that knows only the protos', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let server: ServerProcess
  let client: SeedClient
  let collectionID: unknown
  let segmentID: unknown
  let paths: unknown[] = []
  let indexID: unknown
  let indexBuildID: unknown
  const named = { collection_name: 'birds' }
  const called = new Set<string>()
  const refused = new Set<string>()

  const call = async (service: string, method: string, request: object = {}) => {
    called.add(`${service}/${method}`)
    return client.call(service, method, request)
  }
  /** The answer, which must be a success. */
  const succeed = async (service: string, method: string, request: object = {}) => {
    const answer = await call(service, method, request)
    expect([method, statusOf(answer), answer]).toEqual([method, 'SUCCESS', answer])
    return answer
  }
  const refuse = async (service: string, method: string, request: object, code: string) => {
    refused.add(`${service}/${method}`)
    expect([method, statusOf(await call(service, method, request))]).toEqual([method, code])
  }

  beforeAll(async () => {
    folder = await temporaryFolder()
    server = await ServerProcess.start(folder.path)
    client = new SeedClient(server.address)
  })
  afterAll(async () => {
    client[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  it('defines collections and partitions', async () => {
    await succeed(master, 'CreateCollection', { ...named, schema })
    const described = await succeed(master, 'DescribeCollection', named)
    collectionID = described['collectionID']
    expect((await succeed(master, 'HasCollection', named))['value']).toBe(true)
    expect((await succeed(master, 'ShowCollections'))['collection_names']).toEqual(['birds'])
    const partition = { ...named, partition_name: 'kites' }
    await succeed(master, 'CreatePartition', partition)
    expect((await succeed(master, 'HasPartition', partition))['value']).toBe(true)
    expect((await succeed(master, 'DescribePartition', partition))['name']).toBe('kites')
    const { partition_names } = await succeed(master, 'ShowPartitions', named)
    expect(partition_names).toEqual(['_default', 'kites'])
    await succeed(master, 'DropPartition', partition)
  })

  it('is refused what cannot be, with a status', async () => {
    const missing = { collection_name: 'missing', partition_name: 'p' }
    const about = [
      'DropCollection',
      'DescribeCollection',
      'CreatePartition',
      'DropPartition',
      'HasPartition',
      'DescribePartition',
      'ShowPartitions',
      'CreateIndex',
      'DescribeIndex',
      'DropIndex',
      'GetIndexState',
    ]
    for (const method of about) await refuse(master, method, missing, 'COLLECTION_NOT_EXISTS')
    await refuse(master, 'CreateCollection', { collection_name: 'none' }, 'ILLEGAL_ARGUMENT')
    const elsewhere = { db_name: 'missing' }
    for (const method of ['HasCollection', 'ShowCollections']) {
      await refuse(master, method, elsewhere, 'UNEXPECTED_ERROR')
    }
    await refuse(master, 'AllocTimestamp', { count: 0 }, 'ILLEGAL_ARGUMENT')
    await refuse(master, 'AllocID', { count: 0 }, 'ILLEGAL_ARGUMENT')
    expect(refused.size).toBeGreaterThan(about.length)
  })

  it('gets timestamps, ids, settings and figures', async () => {
    expect((await succeed(master, 'AllocTimestamp', { count: 2 }))['count']).toBe(2)
    expect((await succeed(master, 'AllocID', { count: 2 }))['count']).toBe(2)
    const { keys } = await succeed(master, 'GetSysConfigs', { keys: ['readTimeoutMs'] })
    expect(keys).toEqual(['readTimeoutMs'])
    expect((await succeed(master, 'GetMasterStats'))['collection_count']).toBe('1')
    for (const service of [master, data, index]) await succeed(service, 'GetComponentStates')
  })

  it('inserts rows, and rows whose place it was promised', async () => {
    const rows = { ...named, row_data: [row(1), row(2)] }
    expect((await succeed(stream, 'Insert', rows))['rowIDs']).toHaveLength(2)
    const request = { segIDRequests: [{ count: 2, collectionID }] }
    const { segIDAssignments } = await succeed(data, 'AssignSegmentID', request)
    const [assignment] = listOf(segIDAssignments)
    expect(statusOf(assignment ?? {})).toBe('SUCCESS')
    segmentID = assignment?.['segID']
    const append = { ...named, segmentID, row_data: [row(3), row(4)] }
    await succeed(stream, 'Append', append)
    await refuse(stream, 'Append', append, 'ILLEGAL_ARGUMENT')
    await refuse(stream, 'Insert', { ...named, row_data: [{}] }, 'ILLEGAL_ARGUMENT')
  })

  it('flushes, and learns everything about the segment', async () => {
    const flushed = await succeed(data, 'Flush', { collectionID })
    await refuse(data, 'Flush', { collectionID: '7' }, 'COLLECTION_NOT_EXISTS')
    const state = { segmentIDs: [segmentID], flush_ts: flushed['flush_ts'], collectionID }
    const isFlushed = async () => (await succeed(data, 'GetFlushState', state))['flushed']
    await expect.poll(isFlushed, { timeout: 30_000 }).toBe(true)
    await refuse(data, 'GetFlushState', { ...state, collectionID: '7' }, 'COLLECTION_NOT_EXISTS')
    const { segmentIDs } = await succeed(data, 'ShowSegments', { collectionID })
    expect(segmentIDs).toEqual([segmentID])
    const { states } = await succeed(data, 'GetSegmentStates', { segmentIDs: [segmentID, '7'] })
    expect(listOf(states).map((one) => one['state'])).toEqual(['FLUSHED', 'NOT_EXIST'])
    const { infos } = await succeed(data, 'GetSegmentInfo', { segmentIDs: [segmentID] })
    expect(listOf(infos)[0]?.['num_rows']).toBe('4')
    await succeed(data, 'GetSegmentStats', { segmentID })
    const binlogs = await succeed(data, 'GetInsertBinlogPaths', { segmentID })
    expect(binlogs['fieldIDs']).toEqual(['0', '1', '100', '101'])
    paths = listOf(binlogs['paths']).map((one) => one['values'])
    await succeed(data, 'GetRecoveryInfo', { collectionID })
    for (const method of ['GetSegmentInfo', 'GetSegmentStats', 'GetInsertBinlogPaths']) {
      await refuse(data, method, { segmentIDs: ['7'], segmentID: '7' }, 'UNEXPECTED_ERROR')
    }
    await refuse(data, 'GetRecoveryInfo', { collectionID: '7' }, 'COLLECTION_NOT_EXISTS')
  })

  it('counts rows', async () => {
    for (const method of ['GetCollectionStatistics', 'GetPartitionStatistics']) {
      const { stats } = await succeed(data, method, named)
      expect(stats).toEqual([{ key: 'row_count', value: '4' }])
      await refuse(data, method, { collection_name: 'missing' }, 'COLLECTION_NOT_EXISTS')
    }
    expect((await succeed(data, 'GetCount', { collectionID }))['count']).toBe('4')
    await refuse(data, 'GetCount', { collectionID: '7' }, 'COLLECTION_NOT_EXISTS')
  })

  it('builds an index', async () => {
    const onField = { ...named, field_name: 'vector' }
    const extra_params = [
      { key: 'index_type', value: 'FLAT' },
      { key: 'metric_type', value: 'L2' },
    ]
    await succeed(master, 'CreateIndex', { ...onField, extra_params })
    const { index_descriptions } = await succeed(master, 'DescribeIndex', onField)
    indexID = listOf(index_descriptions)[0]?.['indexID']
    const request = { indexID, data_paths: paths[3] }
    indexBuildID = (await succeed(index, 'BuildIndex', request))['indexBuildID']
    const isFinished = async () => (await succeed(master, 'GetIndexState', onField))['state']
    await expect.poll(isFinished, { timeout: 30_000 }).toBe('FINISHED')
    const { states } = await succeed(index, 'GetIndexStates', {
      indexBuildIDs: [indexBuildID, '7'],
    })
    expect(listOf(states).map((one) => one['state'])).toEqual(['FINISHED', 'NONE'])
    const { file_paths } = await succeed(index, 'GetIndexFilePaths', {
      indexBuildIDs: [indexBuildID, '7'],
    })
    expect(listOf(file_paths).map(statusOf)).toEqual(['SUCCESS', 'BUILD_INDEX_ERROR'])
    await succeed(index, 'NotifyBuildIndex', { indexBuildID, version: '9' })
    await refuse(index, 'NotifyBuildIndex', { indexBuildID: '7' }, 'BUILD_INDEX_ERROR')
    await refuse(index, 'BuildIndex', { indexID }, 'ILLEGAL_ARGUMENT')
    await refuse(index, 'RegisterNode', {}, 'ILLEGAL_ARGUMENT')
    await succeed(index, 'DropIndex', { indexID })
    await succeed(master, 'DropIndex', onField)
  })

  it('registers as a node, and reports to whom it does not matter', async () => {
    await refuse(data, 'RegisterNode', {}, 'ILLEGAL_ARGUMENT')
    const inOldForm = { Address: '127.0.0.1', Port: '1' }
    const { init_params } = await succeed(data, 'RegisterNode', inOldForm)
    expect(isAnswer(init_params) ? listOf(init_params['start_params']).length : 0).toBe(4)
    const address = { ip: '127.0.0.1', port: '1' }
    await succeed(index, 'RegisterNode', { address })
    await succeed(data, 'SaveBinlogPaths', { segmentID })
    await refuse(data, 'SaveBinlogPaths', { segmentID: '7' }, 'UNEXPECTED_ERROR')
  })

  it('consumes every channel by the name that it is told', async () => {
    const nameOf = async (service: string, method: string) =>
      String((await succeed(service, method, { collectionID }))['value'])
    const first = async (name: string) =>
      (await client.consume(name, 1)).map((message) => message.type)
    expect(await first(await nameOf(master, 'GetDdChannel'))).toEqual(['CREATE_COLLECTION'])
    expect(await first(await nameOf(master, 'GetStatsChannel'))).toEqual(['MASTER_STATISTICS'])
    expect(await first(await nameOf(master, 'GetTimeTickChannel'))).toEqual(['TIME_TICK'])
    expect(await first(await nameOf(data, 'GetTimeTickChannel'))).toEqual(['TIME_TICK'])
    expect(await first(await nameOf(data, 'GetSegmentInfoChannel'))).toEqual(['SEGMENT_INFO'])
    const statistics = await nameOf(data, 'GetStatisticsChannel')
    expect(await first(statistics)).toEqual(['SEGMENT_STATISTICS'])
    for (const method of ['GetTimeTickChannel', 'GetStatisticsChannel']) {
      expect((await succeed(index, method))['value']).toBe('')
    }
    await succeed(stream, 'Insert', { ...named, row_data: [row(9)] })
    const { values } = await succeed(data, 'GetInsertChannels', { collectionID })
    expect(Array.isArray(values) && (await first(String(values[0])))).toEqual(['INSERT'])
    await refuse(data, 'GetInsertChannels', { collectionID: '7' }, 'COLLECTION_NOT_EXISTS')
    expect(await client.consume('nowhere', 1)).toEqual([
      { type: 'UNDEFINED', status: 'META_FAILED' },
    ])
  })

  it('is refused lists that are longer than anybody needs', async () => {
    const ids = Array.from({ length: 65_537 }, (_, place) => String(place))
    const lists: readonly (readonly [service: string, method: string, request: object])[] = [
      [master, 'GetSysConfigs', { keys: ids }],
      [data, 'AssignSegmentID', { segIDRequests: ids.map((collectionID) => ({ collectionID })) }],
      [data, 'GetSegmentStates', { segmentIDs: ids }],
      [data, 'GetSegmentInfo', { segmentIDs: ids }],
      [data, 'Flush', { collectionID, segmentIDs: ids }],
      [data, 'GetFlushState', { segmentIDs: ids }],
      [data, 'ReportDataNodeTtMsgs', { msgs: ids.map((channel_name) => ({ channel_name })) }],
      [index, 'GetIndexStates', { indexBuildIDs: ids }],
      [index, 'GetIndexFilePaths', { indexBuildIDs: ids }],
    ]
    for (const [service, method, request] of lists) {
      await refuse(service, method, request, 'ILLEGAL_ARGUMENT')
    }
    expect(refused.size).toBeGreaterThan(lists.length)
  })

  it('is answered for what nobody knows where that is no mistake', async () => {
    expect((await succeed(data, 'ShowSegments', { collectionID: '7' }))['segmentIDs']).toEqual([])
    const { states } = await succeed(data, 'GetSegmentStates', { segmentIDs: ['0', '7'] })
    expect(listOf(states).map((one) => one['state'])).toEqual(['NONE', 'NOT_EXIST'])
    const unassigned = await succeed(data, 'AssignSegmentID', {
      segIDRequests: [{ count: 1, collectionID: '7' }],
    })
    expect(listOf(unassigned['segIDAssignments']).map(statusOf)).toEqual(['COLLECTION_NOT_EXISTS'])
    const builds = await succeed(index, 'GetIndexStates', { indexBuildIDs: [indexBuildID, '7'] })
    expect(listOf(builds['states']).map((one) => one['state'])).toEqual(['DELETED', 'NONE'])
    await succeed(index, 'DropIndex', { indexID: '7' })
    await succeed(data, 'ReportDataNodeTtMsgs')
    const missing = { collection_name: 'missing' }
    expect((await succeed(master, 'HasCollection', missing))['value']).toBe(false)
    expect((await succeed(master, 'GetSysConfigs', { keys: ['missing'] }))['keys']).toEqual([])
  })

  it('drops the collection', async () => {
    await succeed(master, 'DropCollection', named)
    expect((await succeed(master, 'HasCollection', named))['value']).toBe(false)
  })

  it('has called every method of the coordinator', () => {
    const all = [master, data, index, stream].flatMap((service) =>
      client.methods(service).map((method) => `${service}/${method}`),
    )
    expect(all.filter((name) => !called.has(name))).toEqual([])
  })

  it('was refused something by every method that can be asked for what cannot be', () => {
    const takesNothing = ['GetComponentStates', 'GetTimeTickChannel', 'GetDdChannel']
    takesNothing.push('GetStatsChannel', 'GetStatisticsChannel', 'GetMasterStats')
    // Any collection is answered for, and an index that is not there is as good as dropped.
    const neverRefuses = ['GetSegmentInfoChannel', 'ShowSegments', `${index}/DropIndex`]
    const all = [master, data, index, stream].flatMap((service) =>
      client.methods(service).map((method) => `${service}/${method}`),
    )
    const tolerant = [...takesNothing, ...neverRefuses]
    const asked = all.filter((name) => !tolerant.some((end) => name.endsWith(end)))
    expect(asked.filter((name) => !refused.has(name))).toEqual([])
  })
})

function listOf(value: unknown): readonly { readonly [field: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isAnswer) : []
}
