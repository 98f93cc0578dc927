import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Status } from '../../../src/rpc/generated/milvus/common.ts'
import {
  ComponentStates,
  MilvusServiceDefinition,
  RegisterLinkResponse,
  StatusResponse,
} from '../../../src/rpc/generated/milvus/milvus.ts'
import { type RunningServer, startServer } from '../../../src/rpc/server.ts'
import { RawClient } from '../../support/milvus/raw-client.ts'
import { memoryProxy } from './memory-proxy.ts'

const served = new Set(
  `Connect GetVersion CheckHealth ListDatabases CreateCollection DropCollection HasCollection
  DescribeCollection ShowCollections GetCollectionStatistics Insert Flush GetFlushState CreateIndex
  DescribeIndex DropIndex GetIndexState GetIndexBuildProgress GetIndexStatistics LoadCollection
  ReleaseCollection GetLoadingProgress GetLoadState Search Query Delete Upsert
  GetMetrics AllocTimestamp Dummy CreateDatabase DropDatabase DescribeDatabase AlterDatabase
  CreateAlias DropAlias AlterAlias DescribeAlias ListAliases RenameCollection AlterCollection
  AlterCollectionField AddCollectionField AlterIndex BatchDescribeCollection TruncateCollection CreatePartition
  DropPartition HasPartition ShowPartitions GetPartitionStatistics LoadPartitions ReleasePartitions
  FlushAll GetFlushAllState GetPersistentSegmentInfo GetQuerySegmentInfo GetReplicas`.split(/\s+/),
)
const lists =
  `ListCredUsers SelectRole SelectUser SelectGrant ListPrivilegeGroups ListResourceGroups
  ListImportTasks ListFileResources ListSnapshots ListRestoreSnapshotJobs
  ListRefreshExternalCollectionJobs ListNamespaces ListRowPolicies ListRLSPrincipals
  ListUsersWithTag ListIndexedSegment`.split(/\s+/)
const empty = new Uint8Array(0)
const methods = Object.values(MilvusServiceDefinition.methods)
const refusedByGrpc = ['AlterCollectionSchema', 'GetReplicateInfo']

describe('a method that is not served', () => {
  let server: RunningServer
  let client: RawClient

  beforeAll(async () => {
    const facts = { host: '127.0.0.1', port: 0, version: '1.2.3' }
    server = await startServer({ ...facts, proxy: memoryProxy() })
    client = new RawClient(server.port)
  })

  afterAll(async () => {
    client[Symbol.dispose]()
    await server.close()
  })

  const unsupported = (name: string) => ({
    code: 10,
    errorCode: 1,
    reason: `${name} is not supported yet`,
  })

  it('is one of 149', () => {
    expect(methods).toHaveLength(149)
    expect(methods.filter(({ name }) => served.has(name))).toHaveLength(served.size)
  })

  const plain = methods.filter(
    ({ name, requestStream, responseStream }) =>
      !served.has(name) &&
      !lists.includes(name) &&
      !requestStream &&
      !responseStream &&
      !refusedByGrpc.includes(name),
  )
  it.each(plain.filter(({ responseType }) => responseType === Status).map(({ name }) => name))(
    'answers with a status of its own: %s',
    async (name) => {
      const response = await client.send(name, empty)
      expect(Status.decode(response)).toMatchObject(unsupported(name))
    },
  )

  it.each(
    plain.filter(({ responseType }) => responseType === StatusResponse).map(({ name }) => name),
  )('answers with a status in its response: %s', async (name) => {
    const response = await client.send(name, empty)
    expect(StatusResponse.decode(response).status).toMatchObject(unsupported(name))
  })

  it('answers with a status where its response has it', async () => {
    const link = RegisterLinkResponse.decode(await client.send('RegisterLink', empty))
    expect(link.status).toMatchObject(unsupported('RegisterLink'))
    const states = ComponentStates.decode(await client.send('GetComponentStates', empty))
    expect(states.status).toMatchObject(unsupported('GetComponentStates'))
  })

  it.each(lists)('is answered with a list of nothing: %s', async (name) => {
    const response = await client.send(name, empty)
    expect(StatusResponse.decode(response).status).toMatchObject({ code: 0, errorCode: 0 })
  })

  it('ends a stream of responses after a status', async () => {
    const responses = await client.sendForStream('DumpMessages', empty)
    expect(responses.map((response) => StatusResponse.decode(response).status)).toMatchObject([
      unsupported('DumpMessages'),
    ])
  })

  it.each(refusedByGrpc)('is refused by gRPC where no response could tell: %s', async (name) => {
    await expect(client.send(name, empty)).rejects.toMatchObject({
      code: 12,
      details: `${name} is not supported yet`,
    })
  })

  it('is refused by gRPC at once where both sides stream', async () => {
    await expect(client.openStream('CreateReplicateStream')).rejects.toMatchObject({
      code: 12,
      details: 'CreateReplicateStream is not supported yet',
    })
  })
})
