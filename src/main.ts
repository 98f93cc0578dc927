#!/usr/bin/env node
import { ElanusError } from './base/errors.ts'
import { readConfiguration, usage } from './configuration.ts'
import { open } from './open.ts'
import { version } from './version.ts'

/** The process: says where it listens once it does, and ends in order when it is told to. */
async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args
  if (command === '--version') return say(version)
  if (command === undefined || command === '--help' || rest.includes('--help')) return say(usage)
  if (command !== 'serve') {
    throw new ElanusError('INVALID_ARGUMENT', `There is no command ${command}\n\n${usage}`)
  }
  await serve(rest)
}

async function serve(args: readonly string[]): Promise<void> {
  const configuration = await readConfiguration(args, process.env)
  const { dataFolder, host, port, settings } = configuration
  const database = await open({ data: dataFolder, settings, onError: report })
  const server = await database.listen({ host, port })
  const stop = (): void => {
    database.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  say(`elanus ${version} listening on ${host}:${server.port}, data in ${dataFolder}`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function report(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(`elanus: ${reason}\n`)
}

function fail(error: unknown): void {
  const isExpected = error instanceof ElanusError
  report(isExpected || !(error instanceof Error) ? error : new Error(error.stack))
  process.exit(isExpected ? 1 : 70)
}

await main(process.argv.slice(2)).catch(fail)
