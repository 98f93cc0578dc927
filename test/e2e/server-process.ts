import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** `elanus serve` as a process of its own, on a free port, as a user runs it. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** Rejects, with what the process said, when it ends before it accepts calls. */
  static async start(
    dataFolder: string,
    /** These outweigh what a test runs with else. */
    options: readonly string[] = [],
  ): Promise<ServerProcess> {
    const usual = ['--data', dataFolder, '--host', '127.0.0.1', '--port', '0']
    const args = [main, 'serve', ...usual, ...options]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const said: string[] = []
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')))
    for await (const line of createInterface(child.stdout)) {
      said.push(`${line}\n`)
      const port = /listening on \S+:(\d+)/.exec(line)?.[1]
      if (port !== undefined) {
        child.stdout.resume()
        return new ServerProcess(child, Number(port))
      }
    }
    throw new Error(`elanus serve ended without listening: ${said.join('')}`)
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Ends the process and waits until it has; returns its exit code, null after a kill. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      this.#child.kill(signal)
      await exited
    }
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}
