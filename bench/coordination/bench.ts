import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { open } from '../../src/open.ts'
import type { Bench } from '../lib/bench.ts'
import { startElanus } from '../lib/elanus-server.ts'
import { emitProgram } from '../lib/emit-program.ts'
import { figureTable } from '../lib/figure.ts'
import { describeMachine, machineInWords } from '../lib/machine.ts'
import { writeReport } from '../lib/report.ts'
import type { CallFacts } from './call-rates.ts'
import { measureCalls } from './call-rates.ts'
import type { CoordinationFacts } from './figures.ts'
import { coordinationFigures } from './figures.ts'
import { measureManyCollections } from './many-collections.ts'
import { measureManySegments } from './many-segments.ts'
import type { CoordinationOptions } from './options.ts'
import { parseCoordinationOptions, usage } from './options.ts'
import { connectServices } from './services-under-test.ts'

/** Timestamps, ids, places and definitions a second; and how a large catalog opens again. */
export const coordinationBench: Bench = {
  name: 'coordination',
  summary: 'master and data service: calls a second, 10,000 collections, 100,000 segments',
  usage,
  async run(args) {
    const options = parseCoordinationOptions(args)
    const workFolder = await mkdtemp(join(tmpdir(), 'elanus-bench-'))
    try {
      await runIn(workFolder, options, `npm run bench -- coordination ${args.join(' ')}`.trim())
    } finally {
      await rm(workFolder, { recursive: true })
    }
  },
}

async function runIn(
  workFolder: string,
  options: CoordinationOptions,
  command: string,
): Promise<void> {
  const { settings, jsonFile } = options
  const startedAt = new Date().toISOString()
  const machine = await describeMachine()
  const program = options.program ?? (await emitProgram())
  const calls = await measureCallsOn(workFolder, program, options)
  say('making collections')
  const collections = await measureManyCollections({
    settings,
    program,
    dataFolder: join(workFolder, 'collections'),
  })
  say('planting segments')
  const segments = await measureManySegments({
    settings,
    program,
    dataFolder: join(workFolder, 'segments'),
  })
  const facts: CoordinationFacts = { settings, calls, collections, segments }
  const figures = coordinationFigures(facts)
  const dataSet = {}
  const bench = coordinationBench.name
  const report = { bench, command, startedAt, machine, dataSet, settings, figures }
  await writeReport(jsonFile, { ...report, measured: facts })
  console.log([machineInWords(machine), command, '', figureTable(figures)].join('\n'))
  console.error(`Every measurement is in ${resolve(jsonFile)}`)
}

async function measureCallsOn(
  workFolder: string,
  program: string,
  { settings }: CoordinationOptions,
): Promise<CallFacts> {
  say('calling the services')
  await using database = await open({ data: join(workFolder, 'local') })
  const { master, dataService } = database.protocol
  const dataFolder = join(workFolder, 'remote')
  await using server = await startElanus({ program, dataFolder, profileFolder: undefined })
  using remote = connectServices(server.port)
  return await measureCalls({ settings, workFolder, local: { master, dataService }, remote })
}

function say(doing: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${doing}`)
}
