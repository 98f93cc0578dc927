#!/usr/bin/env node
import { ElanusError } from './base/errors.ts'
import { readConfiguration, usage } from './configuration.ts'
import { open } from './open.ts'
import { openNode } from './open-node.ts'
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
  const { dataFolder: data, host, port, settings, role } = configuration
  if (role.kind !== 'server') {
    const { kind, coordinator } = role
    const place = { role: kind, data, host, port, coordinator }
    const node = await openNode({ ...place, settings, onError: report })
    endWhenTold(async () => node[Symbol.asyncDispose]())
    say(`elanus ${version} ${kind} listening on ${host}:${node.port}, for ${coordinator}`)
    return
  }
  const database = await open({ data, settings, onError: report })
  const server = await database.listen({ host, port })
  endWhenTold(() => database.close())
  say(`elanus ${version} listening on ${host}:${server.port}, data in ${data}`)
}

function endWhenTold(close: () => Promise<void>): void {
  const stop = (): void => {
    close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
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
