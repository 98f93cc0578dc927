import { open } from '../../src/index.ts'
import type { CoordinatorServices } from '../../src/services/coordinator.ts'
import { settingsDefault } from '../../src/services/settings.ts'
import { World } from '../simulation/world.ts'

export type Services = Pick<CoordinatorServices, 'proxy' | 'settled'>

/** What a database under test stands on. */
export interface Ground extends AsyncDisposable {
  /** Calls the services that run now. */
  run<T>(call: (services: Services) => Promise<T>): Promise<T>
  /** Ends the process and starts another on what is durable. */
  restart(): Promise<void>
}

/** Files, threads and real time, in a folder. */
export async function openRealGround(folder: string): Promise<Ground> {
  const start = () =>
    open({
      data: folder,
      settings: { compactionRetentionMs: 0, seal: settingsDefault.seal },
      // What fails in the background fails the test.
      onError: (error) => {
        throw error
      },
    })
  let database = await start()
  return {
    run: (call) => call(database),
    async restart() {
      await database.close()
      database = await start()
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

/** Far more than anything takes that comes to an end. */
const patienceMs = 3_600_000

/** The calm world of the simulation: one thread, and time that passes only while somebody waits. */
export async function openSimulatedGround(seed: number): Promise<Ground> {
  const world = new World(seed, {})
  const until = async (condition: () => boolean): Promise<void> => {
    const isMet = await world.scheduler.runUntil(condition, patienceMs)
    if (world.violation !== undefined) throw world.violation
    if (!isMet) throw new Error('It never ends', { cause: world.startError })
  }
  const start = async (): Promise<void> => {
    world.start()
    await until(() => world.isUp)
  }
  await start()
  return {
    async run(call) {
      const services = world.coordinator()?.service
      if (services === undefined) throw new Error('No coordinator runs')
      let isOver = false
      const result = call(services).finally(() => {
        isOver = true
      })
      // Looked at below, whatever comes of it.
      result.catch(() => undefined)
      await until(() => isOver)
      return await result
    },
    async restart() {
      // A power cut also takes what was not synced: what was acknowledged was.
      await world.crash(world.scheduler.isChance(0.5) ? 'kill' : 'powerCut')
      await start()
    },
    async [Symbol.asyncDispose]() {
      world.end()
    },
  }
}
