import { once } from 'node:events'
import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { minuteMs } from '../../../src/base/units.ts'
import {
  DescribeCollectionResponse,
  GetVersionResponse,
  MilvusServiceDefinition,
  StatusResponse,
} from '../../../src/rpc/generated/milvus/milvus.ts'
import { type RunningServer, startServer } from '../../../src/rpc/server.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { RawClient } from '../../support/milvus/raw-client.ts'
import { createRequest, searchRequest } from '../../support/milvus/requests.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { memoryProxy } from './memory-proxy.ts'

const { methods } = MilvusServiceDefinition
const facts = { host: '127.0.0.1', port: 0, version: '1.2.3' }
const describeRows = { dbName: '', collectionName: 'rows', collectionID: 0n, timeStamp: 0n }

describe('the server', () => {
  let server: RunningServer
  let client: RawClient

  beforeAll(async () => {
    server = await startServer({ ...facts, proxy: memoryProxy() })
    client = new RawClient(server.port)
    await client.call(methods.createCollection, createRequest())
  })

  afterAll(async () => {
    client[Symbol.dispose]()
    await server.close()
  })

  it('tells every connection another identifier, and what it is', async () => {
    const one = await client.call(methods.connect, { clientInfo: undefined })
    const other = await client.call(methods.connect, { clientInfo: undefined })
    expect(one.status?.code).toBe(0)
    expect(one.identifier).toBeGreaterThan(0n)
    expect(other.identifier).not.toBe(one.identifier)
    expect(one.serverInfo?.deployMode).toBe('STANDALONE')
    const { version } = await client.call(methods.getVersion, {})
    expect(version).toMatch(/^v2\.6\.\d+-elanus-1\.2\.3$/)
  })

  it('ignores metadata that it does not know, authorization too', async () => {
    const metadata = { authorization: 'cm9vdDpNaWx2dXM=', identifier: '7', traceparent: '00-1-2-3' }
    const response = await client.call(methods.describeCollection, describeRows, { metadata })
    expect(response.status?.code).toBe(0)
  })

  it('takes the database from the request, and from the metadata when that names none', async () => {
    const metadata = { dbname: 'other' }
    const elsewhere = await client.call(methods.describeCollection, describeRows, { metadata })
    expect(elsewhere.status).toMatchObject({
      code: 800,
      errorCode: 1,
      reason: 'database not found[database=other]',
    })
    const request = { ...describeRows, dbName: 'default' }
    const here = await client.call(methods.describeCollection, request, { metadata })
    expect(here.status?.code).toBe(0)
  })

  it('tolerates any number of pings without a call', async () => {
    const session = connect(`http://127.0.0.1:${server.port}`)
    await once(session, 'connect')
    let wasToldToGo = false
    session.on('goaway', () => {
      wasToldToGo = true
    })
    for (let ping = 0; ping < 100; ping += 1) {
      await new Promise((resolve, reject) => {
        session.ping((error) => (error === null ? resolve(undefined) : reject(error)))
      })
    }
    expect(wasToldToGo).toBe(false)
    expect(session.closed).toBe(false)
    session.close()
  })

  it('answers a request of 64 MiB and refuses one byte more by its prefix', async () => {
    // Field 500 of no message: skipped, whatever is in it.
    const padded = (size: number): Uint8Array => {
      const bytes = new Uint8Array(size)
      bytes.set([0xa2, 0x1f])
      let left = size - 6
      for (let place = 2; place < 6; place += 1) {
        bytes[place] = (left & 0x7f) | (place < 5 ? 0x80 : 0)
        left >>>= 7
      }
      return bytes
    }
    const most = await client.send('GetVersion', padded(limits.requestSizeBytesMax))
    expect(GetVersionResponse.decode(most).version).toContain('elanus')
    const tooLarge = client.send('GetVersion', padded(limits.requestSizeBytesMax + 1))
    await expect(tooLarge).rejects.toMatchObject({ code: 8 })
  })

  it('refuses a request of empty pieces before they fill the heap', async () => {
    const pieces = new Uint8Array(32 * 2 ** 20)
    for (let place = 0; place < pieces.length; place += 2) pieces[place] = 0x2a
    const response = StatusResponse.decode(await client.send('Insert', pieces))
    expect(response.status).toMatchObject({ code: 1100, errorCode: 5 })
    expect(response.status?.reason).toContain('more than 262144 pieces')
  })

  it('lives on after random bytes in place of any request', async () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const unary = Object.values(methods).filter(
      ({ requestStream, responseStream }) => !requestStream && !responseStream,
    )
    for (const { name } of unary) {
      for (let round = 0; round < 8; round += 1) {
        const bytes = Uint8Array.from({ length: random.below(200) }, () => random.below(256))
        const outcome = client.send(name, bytes).then(
          () => 'answered',
          ({ code }: { code: number }) => `gRPC ${code}`,
        )
        expect(['answered', 'gRPC 12'], `${name} with seed ${seed}`).toContain(await outcome)
      }
    }
    const after = await client.call(methods.describeCollection, describeRows)
    expect(after.status?.code, `with seed ${seed}`).toBe(0)
  })

  it('lives on after a request with any one byte changed', async () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const request = methods.createCollection.requestType.encode(createRequest()).finish()
    for (let place = 0; place < request.length; place += 1) {
      const bytes = request.slice()
      bytes[place] = random.below(256)
      await client.send('CreateCollection', bytes)
    }
    const after = await client.call(methods.describeCollection, describeRows)
    expect(after.status?.code, `with seed ${seed}`).toBe(0)
  })

  it('says that it cannot decode, with a status and not through gRPC', async () => {
    const bytes = await client.send('DescribeCollection', Uint8Array.of(0x12, 0x7f, 1))
    expect(DescribeCollectionResponse.decode(bytes).status).toMatchObject({
      code: 1100,
      errorCode: 5,
      reason: 'Cannot decode the request of DescribeCollection of 3 bytes: premature EOF',
      extraInfo: { is_input_error: 'true' },
    })
  })

  it('refuses to listen where another does', async () => {
    const { port } = server
    const second = startServer({ ...facts, port, proxy: memoryProxy() })
    await expect(second).rejects.toMatchObject({ code: 'IO_FAILED' })
  })
})

describe('a server that fails inside', () => {
  it('answers with a status, tells its logger, and lives on', async () => {
    const logged: string[] = []
    await using server = await startServer({
      ...facts,
      proxy: { ...memoryProxy(), health: () => Promise.reject(new Error('a bug')) },
      logger: { error: (message) => logged.push(message) },
    })
    using client = new RawClient(server.port)
    const { status } = await client.call(methods.checkHealth, {})
    expect(status).toMatchObject({
      code: 5,
      errorCode: 1,
      reason: 'Cannot answer CheckHealth: a bug',
    })
    expect(logged).toEqual(['Cannot answer CheckHealth'])
    expect((await client.call(methods.getVersion, {})).status?.code).toBe(0)
  })
})

describe('a server that closes', () => {
  it('lets a running call finish and takes no new one', async () => {
    const entered = Promise.withResolvers<void>()
    const leave = Promise.withResolvers<{ isHealthy: boolean; reasons: string[] }>()
    const health = () => {
      entered.resolve()
      return leave.promise
    }
    const server = await startServer({ ...facts, proxy: { ...memoryProxy(), health } })
    using client = new RawClient(server.port)
    const running = client.call(methods.checkHealth, {})
    await entered.promise
    const closed = server.close()
    leave.resolve({ isHealthy: true, reasons: [] })
    expect((await running).isHealthy).toBe(true)
    await closed
    await expect(client.call(methods.getVersion, {})).rejects.toMatchObject({ code: 14 })
  })

  it('cuts off, after a while, a call that does not finish', async () => {
    const entered = Promise.withResolvers<void>()
    const health = () => {
      entered.resolve()
      return new Promise<never>(() => {})
    }
    const clock = new ManualClock()
    const server = await startServer({ ...facts, clock, proxy: { ...memoryProxy(), health } })
    using client = new RawClient(server.port)
    const running = client.call(methods.checkHealth, {}).then(
      () => 'answered',
      () => 'cut off',
    )
    await entered.promise
    const closed = server.close()
    clock.advance(minuteMs)
    await closed
    expect(await running).toBe('cut off')
  })
})

describe('a caller that hangs up', () => {
  it('aborts the search that it asked for', async () => {
    const aborted = Promise.withResolvers<void>()
    await using server = await startServer({
      ...facts,
      proxy: {
        ...memoryProxy(),
        search: (_, signal) =>
          new Promise((__, reject) => {
            signal?.addEventListener('abort', () => {
              aborted.resolve()
              reject(new Error('aborted'))
            })
          }),
      },
    })
    using client = new RawClient(server.port)
    const deadline = Date.now() + 200
    const search = client.call(methods.search, searchRequest([[1, 2]]), { deadline })
    await expect(search).rejects.toMatchObject({ code: 4 })
    await aborted.promise
  })
})
