import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/**
 * The peers, in a package of their own beside the benches: installed when a bench first wants them,
 * so that nobody else needs a C++ compiler.
 */
const benchFolder = fileURLToPath(new URL('..', import.meta.url))
const peerNames = ['hnswlib-node', 'hnswlib-wasm', 'usearch'] as const

export type PeerName = (typeof peerNames)[number]

/** Rejects with all that npm said when it cannot be done. */
export async function installPeers(): Promise<void> {
  if (peerNames.every((name) => existsSync(folderOf(name)))) return
  console.error('Installing the peers of bench/package.json')
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  await promisify(execFile)('npm', args, { cwd: benchFolder })
}

/** Typed by whoever knows what it exports: it need not be installed for the compiler. */
export async function importPeer<Module>(name: PeerName): Promise<Module> {
  const require = createRequire(join(benchFolder, 'package.json'))
  return await importFile(require.resolve(name))
}

/** For a package that says of no file that it is its main one. */
export async function importPeerFile<Module>(name: PeerName, file: string): Promise<Module> {
  return await importFile(join(folderOf(name), file))
}

async function importFile<Module>(path: string): Promise<Module> {
  const module: unknown = await import(pathToFileURL(path).href)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller says what it is
  return module as Module
}

/** As they are installed; those that are not are left out. */
export async function peerVersions(): Promise<Readonly<Record<string, string>>> {
  const installed = peerNames.filter((name) => existsSync(folderOf(name)))
  const versions = installed.map(async (name) => [name, await versionOf(name)] as const)
  return Object.fromEntries(await Promise.all(versions))
}

async function versionOf(name: PeerName): Promise<string> {
  const text = await readFile(join(folderOf(name), 'package.json'), 'utf8')
  return /"version"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown'
}

function folderOf(name: PeerName): string {
  return join(benchFolder, 'node_modules', name)
}
