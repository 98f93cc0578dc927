#!/usr/bin/env node
import { ElanusError } from './base/errors.ts'
import { version } from './version.ts'

const usage = `Usage: elanus <command> [options]

  serve   the database: serves Milvus clients
  index   builds an index over the vectors of a file
  query   searches an index for the vectors of a file

  elanus <command> --help, elanus --version`

/** Each command loads what it needs: an index needs no server. */
async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args
  const isHelp = rest.includes('--help')
  switch (command) {
    case '--version':
      return say(version)
    case undefined:
    case '--help':
      return say(usage)
    case 'serve': {
      if (isHelp) return say((await import('./configuration.ts')).usage)
      const { serve } = await import('./serve.ts')
      return await serve(rest, { say, report, fail })
    }
    case 'index': {
      const { indexUsage, runIndex } = await import('./command/index-command.ts')
      return isHelp ? say(indexUsage) : await runIndex(rest, await ourConsole())
    }
    case 'query': {
      const { queryUsage, runQuery } = await import('./command/query-command.ts')
      return isHelp ? say(queryUsage) : await runQuery(rest, await ourConsole())
    }
    default:
      throw new ElanusError('INVALID_ARGUMENT', `There is no command ${command}\n\n${usage}`)
  }
}

async function ourConsole() {
  const { processConsole } = await import('./command/console.ts')
  return processConsole
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
