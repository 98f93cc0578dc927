import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** The rules of the house that a machine can check; docs/STYLE.md and ARCHITECTURE.md say why. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src')

/** What each folder of src/ may import beside itself. */
const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  schema: ['base'],
  expression: ['schema', 'base'],
  'scalar-index': ['expression', 'schema', 'base'],
  kernels: ['base'],
  'vector-index': ['kernels', 'schema', 'base'],
  storage: ['schema', 'base'],
  meta: ['schema', 'base'],
  log: ['schema', 'base'],
  segment: ['vector-index', 'scalar-index', 'storage', 'kernels', 'expression', 'schema', 'base'],
  workers: ['segment', 'vector-index', 'scalar-index', 'storage', 'expression', 'schema', 'base'],
  services: [
    'workers',
    'segment',
    'log',
    'meta',
    'storage',
    'vector-index',
    'scalar-index',
    'kernels',
    'expression',
    'schema',
    'base',
  ],
  rpc: ['services', 'schema', 'base', 'meta'],
  library: ['workers', 'storage', 'vector-index', 'kernels', 'schema', 'base'],
  command: ['library', 'schema', 'base'],
  '.': ['command', 'library', 'rpc', 'services', 'base'],
}

/** Files of src/workers that the thread side owns: services see the rest. */
const workersForServices = ['pool.ts', 'tasks.ts', 'open-pool.ts']

/** The one folder that imports a package. */
const packageWalls: Readonly<Record<string, string>> = {
  '@grpc/grpc-js': 'rpc',
  '@bufbuild/protobuf': 'rpc',
  piscina: 'workers',
  'apache-arrow': 'storage',
  'rocksdb-native': 'meta',
  valibot: 'meta',
  'cli-progress': 'command',
}

const generated = join(source, 'rpc', 'generated')

function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(generated) && !path.includes('node_modules'))
    .toSorted()
}

function importsOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8')
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^'\s]+)'/g)
  return [...found].map((match) => match[1] ?? '')
}

function layerOf(path: string): string {
  const [first = '', ...rest] = relative(source, path).split('/')
  return rest.length === 0 ? '.' : first
}

const sources = filesBelow(source, '.ts')

describe('layers', () => {
  it('import downwards only', () => {
    const offences = sources.flatMap((path) =>
      importsOf(path)
        .filter((name) => name.startsWith('.'))
        .map((name) => resolve(dirname(path), name))
        .filter((target) => !mayImport(path, target))
        .map((target) => `${relative(root, path)} imports ${relative(root, target)}`),
    )
    expect(offences).toEqual([])
  })

  it('are all known', () => {
    const unknown = new Set(sources.map(layerOf).filter((layer) => !(layer in layers)))
    expect([...unknown]).toEqual([])
  })
})

function mayImport(path: string, target: string): boolean {
  if (target.startsWith(generated)) return layerOf(path) === 'rpc'
  const from = layerOf(path)
  const to = layerOf(target)
  if (from === to) return true
  if (!(layers[from] ?? []).includes(to)) return false
  if (from === 'services' && to === 'workers') {
    return workersForServices.includes(relative(join(source, 'workers'), target))
  }
  // The library has threads of its own: of the database's it takes how errors pass between threads.
  if (from === 'library' && to === 'workers') return target.endsWith('failure.ts')
  // Of meta the face takes names of what it shows, never the store.
  if (from === 'rpc' && to === 'meta') return target.endsWith('records.ts')
  return true
}

describe('packages', () => {
  it('are each imported by one folder', () => {
    const offences = sources.flatMap((path) =>
      importsOf(path)
        .map((name) => [name, packageOf(name)] as const)
        .filter(([, pack]) => pack in packageWalls && packageWalls[pack] !== layerOf(path))
        .map(([name]) => `${relative(root, path)} imports ${name}`),
    )
    expect(offences).toEqual([])
  })

  it('are all known', () => {
    const unknown = sources.flatMap((path) =>
      importsOf(path).filter(
        (name) =>
          !name.startsWith('.') && !name.startsWith('node:') && !(packageOf(name) in packageWalls),
      ),
    )
    expect(unknown).toEqual([])
  })

  it('leave WebAssembly to kernels', () => {
    const offences = sources
      .filter((path) => layerOf(path) !== 'kernels')
      .filter((path) => /\bWebAssembly\.\w/.test(withoutComments(readFileSync(path, 'utf8'))))
    expect(offences.map((path) => relative(root, path))).toEqual([])
  })
})

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '')
}

describe('files', () => {
  it('are of at most 500 lines', () => {
    const long = ['src', 'test', 'bench', 'scripts', 'wasm']
      .flatMap((folder) =>
        ['.ts', '.cpp', '.hpp', '.h'].flatMap((ending) => filesBelow(join(root, folder), ending)),
      )
      .filter((path) => readFileSync(path, 'utf8').split('\n').length > 501)
    expect(long.map((path) => relative(root, path))).toEqual([])
  })

  it('are named in kebab-case', () => {
    const odd = sources.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(basename(path)))
    expect(odd.map((path) => relative(root, path))).toEqual([])
  })

  it('have no default export', () => {
    const offences = sources.filter((path) => /^export default/m.test(readFileSync(path, 'utf8')))
    expect(offences.map((path) => relative(root, path))).toEqual([])
  })
})

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
