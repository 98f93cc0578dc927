import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The real server, as a process of its own, started as a user starts it. */
export interface ElanusServer extends AsyncDisposable {
  readonly processId: number
  readonly port: number
  /** From the start of the process to the line that says that it accepts calls. */
  readonly readyMs: number
  /** Resolves when the process is gone. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export interface ElanusOptions {
  /** The program, as `node` is given it. */
  readonly program: string
  readonly dataFolder: string
  /** Where to write CPU profiles of all its threads, if at all. */
  readonly profileFolder: string | undefined
}

export async function startElanus(options: ElanusOptions): Promise<ElanusServer> {
  const { program, dataFolder, profileFolder } = options
  const profiling =
    profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const startedMs = performance.now()
  const child = spawn(
    process.execPath,
    [...profiling, program, 'serve', '--data', dataFolder, '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), ended])
  const readyMs = performance.now() - startedMs
  const port = Number(/:(\d+)\b/.exec(String(first[0]))?.[1])
  if (!Number.isInteger(port)) {
    child.kill('SIGKILL')
    throw new Error(`The server did not say where it listens but ${String(first[0])}`)
  }
  const stop = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await ended
  }
  return {
    processId: child.pid ?? Number.NaN,
    port,
    readyMs,
    stop,
    [Symbol.asyncDispose]: () => stop('SIGTERM'),
  }
}
