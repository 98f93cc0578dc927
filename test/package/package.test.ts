import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ConsistencyLevelEnum, DataType, MilvusClient } from '@zilliz/milvus2-sdk-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Packed } from './npm.ts'
import { checkoutFolder, install, pack, plainEnvironment, registryFault, run } from './npm.ts'

let workFolder = ''
let packed: Packed = { file: '', paths: [] }
let offline: string | undefined

beforeAll(async () => {
  workFolder = await mkdtemp(join(tmpdir(), 'elanus-package-'))
  packed = await pack(workFolder)
  offline = await registryFault(workFolder)
  if (offline !== undefined) console.warn(`Nothing is installed: the registry says ${offline}`)
}, 300_000)

afterAll(async () => {
  await rm(workFolder, { recursive: true })
})

describe('the package', () => {
  it('holds emitted JavaScript, its types and the WebAssembly modules', () => {
    expect(packed.paths).toEqual(
      expect.arrayContaining([
        'dist/main.js',
        'dist/index.js',
        'dist/index.d.ts',
        'build/wasm/elanus-simd.wasm',
        'build/wasm/elanus-relaxed.wasm',
      ]),
    )
  })

  it('holds no TypeScript but types, because Node strips none under node_modules', () => {
    expect(packed.paths.filter((path) => /(?<!\.d)\.ts$/.test(path))).toEqual([])
  })

  it('holds nothing else of the checkout than what tells of it', () => {
    const others = packed.paths.filter((path) => !/^(dist|build|proto)\//.test(path))
    expect(others.sort()).toEqual(['LICENSE', 'NOTICE', 'README.md', 'package.json'])
  })
})

/** The oldest line that the package supports, and the one that the checkout pins. */
const nodeVersions = ['22.23.3', await pinnedNodeVersion()]

describe.each(nodeVersions)('in a new project on Node %s', (nodeVersion) => {
  let project = ''

  beforeAll(async () => {
    if (offline === undefined) project = await install(workFolder, packed, nodeVersion)
  }, 300_000)

  it('compiles a program that embeds it, which finds all again in a second run', async (test) => {
    test.skip(offline !== undefined, `The registry cannot be reached: ${offline}`)
    await compileProgram(project, 'embedding-program')
    const program = ['node', 'embedding-program.js', 'embedded-data']
    const output = await run('npx', program, { cwd: project })
    const hits = ['41', '42', '40']
    const expected = { node: `v${nodeVersion}`, first: hits, again: hits }
    expect(JSON.parse(output)).toEqual(expected)
  })

  it('compiles a program that builds an index and opens it again', async (test) => {
    test.skip(offline !== undefined, `The registry cannot be reached: ${offline}`)
    await compileProgram(project, 'indexing-program')
    const output = await run('npx', ['node', 'indexing-program.js', 'an.idx'], { cwd: project })
    const hits = [42, 40, 41, 42]
    const refused = 'FILE_NOT_FOUND'
    const expected = { node: `v${nodeVersion}`, built: hits, opened: hits, refused }
    expect(JSON.parse(output)).toEqual(expected)
  })

  it('indexes the vectors of a file from a shell, and searches them', async (test) => {
    test.skip(offline !== undefined, `The registry cannot be reached: ${offline}`)
    const numbers = new Float32Array(2 * 500).map((_, at) => (at % 2 === 0 ? 0 : at >> 1))
    await writeFile(join(project, 'base.f32'), numbers)
    await writeFile(join(project, 'queries.f32'), Float32Array.of(0, 41.2, 0, 7))
    const index = ['base.f32', '--dimension', '2', '--type', 'HNSW', '--metric', 'L2']
    const built = await elanus(project, 'index', ...index, '-o', 'base.idx')
    expect(built).toContain('500 × 2 float32')
    const query = ['base.idx', '--vectors', 'queries.f32', '--topk', '2', '--params', 'ef=64']
    expect(await elanus(project, 'query', ...query)).toContain('query 1')
    const lines = (await elanus(project, 'query', ...query, '--json')).trim().split('\n')
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { query: 0, ids: [41, 42] },
      { query: 1, ids: [7, 6] },
    ])
    const refused = elanus(project, 'index', 'no.npy', '-o', 'no.idx')
    await expect(refused).rejects.toThrow('elanus: Could not open no.npy to read')
  })

  it('serves the official client', async (test) => {
    test.skip(offline !== undefined, `The registry cannot be reached: ${offline}`)
    await using server = await serve(project)
    const client = new MilvusClient({ address: server.address, logLevel: 'error' })
    await client.connectPromise
    const collection_name = 'books'
    await client.createCollection({
      collection_name,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'vector', data_type: DataType.FloatVector, dim: 2 },
      ],
      index_params: [{ field_name: 'vector', index_type: 'HNSW', metric_type: 'L2' }],
    })
    const data = [
      { id: 1, vector: [0, 1] },
      { id: 2, vector: [1, 0] },
    ]
    await client.insert({ collection_name, data })
    const found = await client.search({
      collection_name,
      data: [0.9, 0],
      limit: 1,
      consistency_level: ConsistencyLevelEnum.Strong,
    })
    await client.closeConnection()
    expect(found.results.map(({ id }) => id)).toEqual(['2'])
  })
})

function elanus(project: string, ...args: readonly string[]): Promise<string> {
  return run('npx', ['elanus', ...args], { cwd: project })
}

async function compileProgram(project: string, name: string): Promise<void> {
  const source = await readFile(join(import.meta.dirname, `${name}.ts`), 'utf8')
  const asOfUser = source.replaceAll("'../../src/index.ts'", "'elanus'")
  await writeFile(join(project, `${name}.ts`), asOfUser)
  const modules = join(checkoutFolder, 'node_modules')
  const language = ['--strict', '--target', 'es2022', '--lib', 'es2024,esnext.disposable']
  const imports = ['--module', 'nodenext', '--skipLibCheck']
  const types = ['--types', 'node', '--typeRoots', join(modules, '@types')]
  await run(join(modules, '.bin/tsc'), [...language, ...imports, ...types, `${name}.ts`], {
    cwd: project,
  })
}

interface Serving extends AsyncDisposable {
  readonly address: string
}

/** `npx elanus serve`, as the README says it. */
async function serve(project: string): Promise<Serving> {
  const child = spawn('npx', ['elanus', 'serve', '--data', 'served-data', '--port', '0'], {
    cwd: project,
    env: plainEnvironment(),
    // Its own process group: npx stands between, and need not pass a signal on.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const lines = once(createInterface({ input: child.stdout }), 'line')
  const said: readonly unknown[] = await Promise.race([lines, ended])
  const port = /:(\d+)\b/.exec(String(said[0]))?.[1]
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}

async function pinnedNodeVersion(): Promise<string> {
  const text = await readFile(join(checkoutFolder, 'package.json'), 'utf8')
  const version = /"node": "(\d+\.\d+\.\d+)"/.exec(text)?.[1]
  if (version === undefined) throw new Error('package.json pins no version of Node')
  return version
}
