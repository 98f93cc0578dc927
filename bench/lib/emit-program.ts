import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const checkoutFolder = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Emits the checkout as JavaScript, which is what is published and what users run, and returns its
 * main module. Node runs the sources too, but stripping their types takes memory and time that no
 * user pays. Throws if they have type errors.
 */
export async function emitProgram(): Promise<string> {
  const compiler = join(checkoutFolder, 'node_modules/.bin/tsc')
  await promisify(execFile)(compiler, ['-p', 'tsconfig.build.json'], { cwd: checkoutFolder })
  return join(checkoutFolder, 'dist/main.js')
}
