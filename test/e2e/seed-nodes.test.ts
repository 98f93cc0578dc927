import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { SeedClient, statusOf } from './seed-client.ts'
import { buildCount, makeRows, named, nodeCount, services, succeeding } from './seed-rows.ts'
import { ServerProcess } from './server-process.ts'

const { indexNode, master } = services
const onField = { ...named, field_name: 'vector' }

describe('index nodes in processes of their own', () => {
  it('build what is asked for, and another does what one that is killed has begun', async () => {
    await using folder = await temporaryFolder()
    await using server = await ServerProcess.start(folder.path)
    const role = ['--role', 'index-node', '--coordinator', server.address]
    await using first = await ServerProcess.start(folder.path, role)
    await using second = await ServerProcess.start(folder.path, role)
    using client = new SeedClient(server.address)
    const succeed = succeeding(client)
    await expect.poll(() => nodeCount(client), { timeout: 10_000 }).toBe(2)

    await makeRows(succeed, { count: 8_000 })
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

  it('refuse what is no build, and answer everything else that they are asked', async () => {
    await using folder = await temporaryFolder()
    await using server = await ServerProcess.start(folder.path)
    const role = ['--role', 'index-node', '--coordinator', server.address]
    await using node = await ServerProcess.start(folder.path, role)
    using client = new SeedClient(node.address)
    const called = new Set<string>()
    const call = (method: string, request: object = {}) => {
      called.add(method)
      return client.call(indexNode, method, request)
    }
    const dim = { key: 'dim', value: '4' }
    const flat = [
      { key: 'index_type', value: 'FLAT' },
      { key: 'metric_type', value: 'L2' },
    ]
    const dataFiles = [{ path: 'insert_log/1/2/3/4/5' }]
    const req = { typeParams: [dim], indexParams: flat }
    for (const command of [
      {},
      { req },
      { req: { ...req, typeParams: [] }, dataFiles },
      { req: { ...req, typeParams: [{ key: 'dim', value: '-1' }] }, dataFiles },
      { req: { ...req, typeParams: [dim, dim] }, dataFiles },
      { req: { ...req, indexParams: [{ key: 'params', value: '{' }] }, dataFiles },
    ]) {
      expect([command, statusOf(await call('BuildIndex', command))]).toEqual([
        command,
        'ILLEGAL_ARGUMENT',
      ])
    }
    expect(statusOf(await call('DropIndex', { indexID: '7' }))).toBe('SUCCESS')
    expect(statusOf(await call('GetComponentStates'))).toBe('SUCCESS')
    for (const method of ['GetTimeTickChannel', 'GetStatisticsChannel']) {
      expect(await call(method)).toMatchObject({ value: '' })
    }
    expect(client.methods(indexNode).filter((method) => !called.has(method))).toEqual([])
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
