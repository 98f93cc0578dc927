/**
 * Generates src/rpc/generated from proto/: TypeScript codecs, and a descriptor set for whoever wants
 * to reflect on the services. Skipped while its inputs are as they were.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const output = join(root, 'src/rpc/generated')
const stampFile = join(output, 'stamp')

const stamp = fingerprint()
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
  buf('generate', 'proto', '--template', 'proto/buf.gen.yaml')
  const descriptors = join(output, 'descriptors.binpb')
  buf('build', 'proto', '-o', descriptors)
  // As a module too: what is emitted as JavaScript carries no other files.
  const text = readFileSync(descriptors).toString('base64')
  writeFileSync(join(output, 'descriptors.ts'), `export const descriptorSet = '${text}'\n`)
  writeFileSync(stampFile, stamp)
}

/** What the output depends on: the files that it is made of and the versions of its makers. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const inputs = globSync(['proto/**/*.{proto,yaml}', 'scripts/build-proto.ts'], { cwd: root })
  for (const file of [...inputs.toSorted(), 'package-lock.json']) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/** Runs buf from our own packages, with our own plugins on its path. */
function buf(...parameters: readonly string[]): void {
  const bufMain = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf')
  const path = [
    join(root, 'node_modules/.bin'),
    dirname(process.execPath),
    process.env['PATH'] ?? '',
  ].join(delimiter)
  execFileSync(process.execPath, [bufMain, ...parameters], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: 'inherit',
  })
}
