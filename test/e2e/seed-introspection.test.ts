import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import * as grpc from '@grpc/grpc-js'
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../src/open.ts'
import { HealthDefinition } from '../../src/rpc/generated/grpc/health.ts'
import {
  ServerReflectionDefinition,
  type ServerReflectionRequest,
} from '../../src/rpc/generated/grpc/reflection.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { check, watch } = HealthDefinition.methods
const { serverReflectionInfo } = ServerReflectionDefinition.methods
const pass = (bytes: Uint8Array): Buffer => Buffer.from(bytes)

describe('a generic tool', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let database: Awaited<ReturnType<typeof open>>
  let client: grpc.Client
  beforeAll(async () => {
    folder = await temporaryFolder()
    database = await open({ data: folder.path })
    const { port } = await database.listen()
    client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
  })
  afterAll(async () => {
    client.close()
    await database.close()
    await folder[Symbol.asyncDispose]()
  })

  const unary = (path: string, request: Uint8Array): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, pass, pass, request, (error, answer) => {
        if (error !== null) reject(error)
        else resolve(answer ?? Buffer.alloc(0))
      })
    })
  const healthRequest = (service: string): Uint8Array =>
    check.requestType.encode({ service }, new BinaryWriter()).finish()

  it('sees that the server serves, and which services', async () => {
    const path = `/${HealthDefinition.fullName}/${check.name}`
    const statusOf = async (service: string) => {
      const answer = await unary(path, healthRequest(service))
      return check.responseType.decode(new BinaryReader(answer)).status
    }
    expect(await statusOf('')).toBe(1)
    expect(await statusOf('elanus.master.Master')).toBe(1)
    expect(await statusOf('nobody.Nothing')).toBe(3)
  })

  it('watches its health, until it stops', async () => {
    const path = `/${HealthDefinition.fullName}/${watch.name}`
    const call = client.makeServerStreamRequest(path, pass, pass, healthRequest(''))
    for await (const answer of call) {
      expect(answer).toEqual(Buffer.of(8, 1))
      break
    }
    call.cancel()
  })

  it.each(['grpc.reflection.v1', 'grpc.reflection.v1alpha'])(
    'learns from %s what it can call, and calls it',
    async (version) => {
      const path = `/${version}.ServerReflection/ServerReflectionInfo`
      const ask = async (...asked: ServerReflectionRequest['messageRequest'][]) => {
        const call = client.makeBidiStreamRequest(path, pass, pass)
        for (const messageRequest of asked) {
          const request = { host: '', messageRequest }
          const { requestType } = serverReflectionInfo
          call.write(requestType.encode(request, new BinaryWriter()).finish())
        }
        call.end()
        const answers = []
        for await (const bytes of call) {
          if (!(bytes instanceof Uint8Array)) continue
          const message = serverReflectionInfo.responseType.decode(new BinaryReader(bytes))
          answers.push(message.messageResponse)
        }
        return answers
      }
      const symbol = 'elanus.master.Master.AllocTimestamp'
      const [services, files, sameFile, missing, extension] = await ask(
        { $case: 'listServices', value: '' },
        { $case: 'fileContainingSymbol', value: symbol },
        { $case: 'fileByFilename', value: 'master.proto' },
        { $case: 'fileContainingSymbol', value: 'nobody.Nothing' },
        { $case: 'allExtensionNumbersOfType', value: symbol },
      )
      const names = services?.$case === 'listServicesResponse' ? services.value.service : []
      expect(names.map(({ name }) => name)).toEqual([
        'milvus.proto.milvus.MilvusService',
        'elanus.master.Master',
        'elanus.data.DataService',
        'elanus.index.IndexService',
        'elanus.message.MessageStream',
        'grpc.health.v1.Health',
        'grpc.reflection.v1.ServerReflection',
        'grpc.reflection.v1alpha.ServerReflection',
      ])
      expect(sameFile).toEqual(files)
      expect([missing, extension]).toMatchObject([
        { $case: 'errorResponse', value: { errorCode: 5 } },
        { $case: 'errorResponse', value: { errorCode: 12 } },
      ])
      const found = files?.$case === 'fileDescriptorResponse' ? files.value.fileDescriptorProto : []
      const set = new BinaryWriter()
      for (const file of found) set.tag(1, 2).bytes(file)
      const definitions = loadFileDescriptorSetFromBuffer(Buffer.from(set.finish()), {
        longs: String,
      })
      expect(Object.keys(definitions)).toContain('elanus.master.Master')
    },
  )
})
