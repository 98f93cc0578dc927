import { stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { npm, registryFault } from '../package/npm.ts'

/**
 * The packages of package.json beside this file: large, and of no use but here, so they are no
 * development dependencies of the whole but are installed when the tests here first run.
 */
const folder = fileURLToPath(new URL('.', import.meta.url))

/** Why they cannot be had; undefined when they are there. */
export async function installPackages(): Promise<string | undefined> {
  if (await isInstalled()) return undefined
  const fault = await registryFault(folder)
  if (fault !== undefined) return `the registry cannot be reached (${fault})`
  await npm(folder, ['ci', '--ignore-scripts', '--prefer-offline'])
  return undefined
}

/** npm writes its own list into node_modules last of all. */
async function isInstalled(): Promise<boolean> {
  const [wanted, installed] = await Promise.all(
    ['package-lock.json', 'node_modules/.package-lock.json'].map((path) =>
      stat(`${folder}${path}`).catch(() => undefined),
    ),
  )
  return wanted !== undefined && installed !== undefined && installed.mtimeMs >= wanted.mtimeMs
}

const requireHere = createRequire(import.meta.url)

const client = '@zilliz/milvus2-sdk-node'

/** Keeps the client that a package brings from printing every request under a test. */
export function quietClientOf(packageName: string): void {
  const requireThere = createRequire(requireHere.resolve(packageName))
  const { logger } = trusted<{ readonly logger?: { level: string } }>(requireThere(client))
  if (logger !== undefined) logger.level = 'error'
}

export function load<Module>(name: string): Module {
  return trusted<Module>(requireHere(name))
}

/** The types of these packages are not there to be checked, so whoever loads one says them. */
function trusted<Module>(loaded: unknown): Module {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return loaded as Module
}
