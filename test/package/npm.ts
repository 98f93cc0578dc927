import { type ExecFileException, execFile } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mib } from '../../src/base/units.ts'

/** npm, as a user has it: it packs this checkout, and installs what it packed elsewhere. */

export const checkoutFolder = fileURLToPath(new URL('../..', import.meta.url))

export interface Packed {
  readonly file: string
  /** What is in it, by path. */
  readonly paths: readonly string[]
}

/**
 * Packs a copy of the checkout, so that the build that packing starts does not replace files which
 * other tests are using.
 */
export async function pack(workFolder: string): Promise<Packed> {
  const copy = join(workFolder, 'checkout')
  await cp(checkoutFolder, copy, {
    recursive: true,
    preserveTimestamps: true,
    filter: (source) => !leftOut.has(basename(source)),
  })
  await symlink(join(checkoutFolder, 'node_modules'), join(copy, 'node_modules'))
  const file = (await npm(copy, ['pack', '--pack-destination', workFolder]))
    .trim()
    .split('\n')
    .at(-1)
  if (file === undefined) throw new Error('npm pack did not say what it packed')
  const listing = await run('tar', ['-tzf', join(workFolder, file)], { cwd: workFolder })
  const paths = listing
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
  return { file: join(workFolder, file), paths }
}

const leftOut = new Set(['node_modules', '.git', 'dist', 'elanus-data', 'results', 'coverage'])

/** A new project that has the package and its own Node. */
export async function install(
  workFolder: string,
  packed: Packed,
  nodeVersion: string,
): Promise<string> {
  const project = join(workFolder, `node-${nodeVersion}`)
  await mkdir(project)
  // The package `node` brings its binary by an install script, which newer npm must be allowed.
  const description = {
    name: 'a-project',
    private: true,
    type: 'module',
    allowScripts: { node: true },
  }
  await writeFile(join(project, 'package.json'), JSON.stringify(description))
  await npm(project, ['install', '--prefer-offline', packed.file, `node@${nodeVersion}`])
  return project
}

/** Why the registry cannot be reached; undefined when it can. */
export async function registryFault(workFolder: string): Promise<string | undefined> {
  try {
    await npm(workFolder, ['ping', '--fetch-retries=0', '--fetch-timeout=10000'])
    return undefined
  } catch (thrown) {
    const text = String(thrown)
    return networkErrors.find((code) => text.includes(code))
  }
}

const networkErrors = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'ERR_SOCKET_TIMEOUT',
]

/** Its output; rejects with all it said if it fails. */
export function npm(cwd: string, args: readonly string[]): Promise<string> {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd })
}

export interface RunOptions {
  readonly cwd: string
}

export async function run(
  command: string,
  args: readonly string[],
  { cwd }: RunOptions,
): Promise<string> {
  const options = { cwd, env: plainEnvironment(), maxBuffer: outputBytesMax }
  const ending = await new Promise<Ending>((resolve) => {
    execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ error, stdout, stderr })
    })
  })
  if (ending.error === null) return ending.stdout
  const said = [ending.error.message, ending.stdout, ending.stderr].join('\n')
  throw new Error(said, { cause: ending.error })
}

interface Ending {
  readonly error: ExecFileException | null
  readonly stdout: string
  readonly stderr: string
}

const outputBytesMax = 64 * mib

/**
 * Without what npm tells the scripts that it runs: a test that `npm test` started would otherwise
 * have its own npm work in this checkout.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const isOfRun = (name: string): boolean =>
    /^npm_(package|lifecycle|config_local_prefix|config_prefix|command|execpath|node_execpath)/i.test(
      name,
    ) ||
    name === 'INIT_CWD' ||
    name === 'NODE_OPTIONS' ||
    name === 'NODE_ENV' ||
    name.startsWith('VITEST')
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfRun(name)))
}
