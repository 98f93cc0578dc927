import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OutputStream, Tree } from '@yowasp/clang'
import { commands, runLLVM } from '@yowasp/clang'

/**
 * Compiles `wasm/` into one module for each instruction set:
 *
 *     build/wasm/elanus-simd.wasm      SIMD128, for any engine
 *     build/wasm/elanus-relaxed.wasm   and relaxed SIMD: fused multiply-add
 *     build/wasm/inputs.sha256         what they were made from
 *
 * The compiler is LLVM as WebAssembly, from npm, so a checkout needs none of its own and the modules
 * come out the same everywhere. The inputs' hash (sources, flags, compiler) decides whether there is
 * anything to do.
 */
const sourceFolder = new URL('../wasm/', import.meta.url)
const outputFolder = new URL('../build/wasm/', import.meta.url)

const variants = [
  { name: 'elanus-simd', flags: ['-msimd128'] },
  { name: 'elanus-relaxed', flags: ['-msimd128', '-mrelaxed-simd'] },
] as const

const compilerFlags = [
  '--target=wasm32-unknown-unknown',
  '-std=c++20',
  '-O3',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-I.',
  '-ffreestanding',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  '-nostdlib',
  '-nostdinc++',
  '-nostdlibinc',
  '-matomics',
  '-mbulk-memory',
  '-mmutable-globals',
]

/** The memory is the caller's, up to all that 32 bits address; so is each thread's stack. */
const linkerFlags = [
  '--no-entry',
  '--import-memory',
  '--shared-memory',
  '--max-memory=4294967296',
  '--export=__stack_pointer',
  '--strip-all',
  '-z',
  'stack-size=4096',
]

async function readSources(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(sourceFolder, { recursive: true }))
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.cpp') || name.endsWith('.h'))
    .sort()
  const sources = new Map<string, string>()
  for (const name of names) sources.set(name, await readFile(new URL(name, sourceFolder), 'utf8'))
  return sources
}

async function hashInputs(sources: ReadonlyMap<string, string>): Promise<string> {
  const compilerPackage = new URL('../package.json', import.meta.resolve('@yowasp/clang'))
  const hash = createHash('sha256')
  hash.update(await readFile(compilerPackage))
  hash.update(JSON.stringify([compilerFlags, linkerFlags, variants]))
  for (const [name, text] of sources) hash.update(JSON.stringify([name, text]))
  return hash.digest('hex')
}

function toTree(sources: ReadonlyMap<string, string>): Tree {
  const root: Tree = {}
  for (const [name, text] of sources) {
    const parts = name.split('/')
    const fileName = parts.pop() ?? name
    let folder = root
    for (const part of parts) folder = subfolder(folder, part)
    folder[fileName] = text
  }
  return root
}

function subfolder(folder: Tree, name: string): Tree {
  const found = folder[name]
  if (typeof found === 'object' && !(found instanceof Uint8Array)) return found
  const made: Tree = {}
  folder[name] = made
  return made
}

async function compile(
  sources: ReadonlyMap<string, string>,
  flags: readonly string[],
): Promise<Uint8Array> {
  const units = [...sources.keys()].filter((name) => name.endsWith('.cpp'))
  const linker = linkerFlags.map((flag) => `-Wl,${flag}`)
  const messages: Uint8Array[] = []
  const collect: OutputStream = (bytes) => {
    if (bytes) messages.push(bytes.slice())
  }
  const command = [...compilerFlags, ...flags, ...linker, ...units, '-o', 'out.wasm']
  try {
    // Loads the compiler, which would otherwise print how far it has got.
    await runLLVM(undefined, {}, { fetchProgress: () => undefined })
    const options = { stdout: collect, stderr: collect }
    const files = await commands['clang++'](command, toTree(sources), options)
    const output = files?.['out.wasm']
    if (!(output instanceof Uint8Array)) throw new Error('The compiler wrote no module')
    return output
  } catch {
    // The compiler's own error carries every source along; what it printed says more.
    throw new Error(`Cannot compile wasm/:\n${Buffer.concat(messages).toString()}`)
  }
}

/** Several threads run a module on one memory: it may not write there before it is called. */
async function assertNoData(module: Uint8Array): Promise<void> {
  const dataSection = 11
  for (let offset = 8; offset < module.length; ) {
    const id = module[offset] ?? 0
    const size = readUnsigned(module, offset + 1)
    if (id === dataSection) throw new Error('wasm/ holds static data: make it a constant in code')
    offset = size.end + size.value
  }
}

/** A LEB128 number, as section sizes are written. */
function readUnsigned(bytes: Uint8Array, offset: number): { value: number; end: number } {
  let value = 0
  for (let end = offset, scale = 1; ; end++, scale *= 128) {
    const byte = bytes[end] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { value, end: end + 1 }
  }
}

/** Whole or not at all, also when two processes build at once. */
async function writeWhole(name: string, content: Uint8Array | string): Promise<void> {
  const target = new URL(name, outputFolder)
  const temporary = new URL(`${name}.${process.pid}`, outputFolder)
  await writeFile(temporary, content)
  await rename(temporary, target)
}

async function readIfPresent(name: string): Promise<string | undefined> {
  try {
    return await readFile(new URL(name, outputFolder), 'utf8')
  } catch {
    return undefined // Absent or unreadable: built anew.
  }
}

async function isCurrent(hash: string): Promise<boolean> {
  if ((await readIfPresent('inputs.sha256')) !== hash) return false
  for (const { name } of variants) {
    if ((await readIfPresent(`${name}.wasm`)) === undefined) return false
  }
  return true
}

const sources = await readSources()
const hash = await hashInputs(sources)
if (!(await isCurrent(hash))) {
  await mkdir(outputFolder, { recursive: true })
  await rm(new URL('inputs.sha256', outputFolder), { force: true })
  for (const { name, flags } of variants) {
    const module = await compile(sources, flags)
    await assertNoData(module)
    await writeWhole(`${name}.wasm`, module)
    process.stdout.write(`${join('build/wasm', `${name}.wasm`)} (${module.length} bytes)\n`)
  }
  await writeWhole('inputs.sha256', hash)
}
