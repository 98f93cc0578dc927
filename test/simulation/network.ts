import { ElanusError } from '../../src/base/errors.ts'
import type { ChannelMessage, StartPosition } from '../../src/services/channels/channel.ts'
import type { ChannelConsumer } from '../../src/services/channels/channels.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Weather } from './weather.ts'

/** Where something is served, while it is. */
export interface Served<T> {
  readonly process: SimulatedProcess
  readonly service: T
}

interface Link<T> {
  readonly from: SimulatedProcess
  readonly weather: Weather
  /** Undefined while nobody serves it. */
  readonly find: () => Served<T> | undefined
}

/**
 * A service elsewhere, as its client sees it. Calls and answers take a while, come in any order, get
 * lost, and a call may be made twice; whoever waits for what is lost is told that in the end.
 */
export function remote<T extends object>(template: T, link: Link<T>): T {
  return new Proxy(template, {
    get: (target, name) =>
      // Of what is no call, `dispose` is all that is there: it ends a connection that holds nothing.
      typeof name === 'symbol'
        ? Reflect.get(target, name)
        : (request: unknown) => call(link, name, request),
  })
}

async function call<T extends object>(
  { from, weather, find }: Link<T>,
  label: string,
  request: unknown,
): Promise<unknown> {
  const { scheduler } = from
  await from.pause(`call ${label}`, 0.1, weather.latencyMs)
  const served = find()
  if (served === undefined || served.process.isDead) throw unreachable(label)
  if (scheduler.isChance(weather.lossShare)) return lost(from, `the call of ${label}`)
  const invoke = async (): Promise<unknown> => {
    const method: unknown = Reflect.get(served.service, label)
    if (typeof method !== 'function') throw new Error(`There is no method ${label}`)
    return Reflect.apply(method, served.service, [structuredClone(request)])
  }
  if (scheduler.isChance(weather.duplicateShare)) {
    scheduler.at(scheduler.delayMs(0, 500), served.process, `call ${label} again`, () => {
      invoke().catch(ignore)
    })
  }
  const answer = await from.relyOn(served.process, invoke())
  if (scheduler.isChance(weather.lossShare)) return lost(from, `the answer of ${label}`)
  await from.pause(`answer ${label}`, 0.1, weather.latencyMs)
  return structuredClone(answer)
}

/** Channels of a coordinator elsewhere: a stream that breaks when that dies, or when it likes. */
export function remoteChannels(link: Link<ChannelConsumer>): ChannelConsumer {
  return { consume: (name, start, signal) => consume(link, { name, start, signal }) }
}

async function* consume(
  { from, weather, find }: Link<ChannelConsumer>,
  request: { name: string; start: StartPosition; signal: AbortSignal | undefined },
): AsyncGenerator<ChannelMessage> {
  const { name, start, signal } = request
  await from.pause(`follow ${name}`, 0.1, weather.latencyMs)
  const served = find()
  if (served === undefined || served.process.isDead) throw unreachable(name)
  const ended = new AbortController()
  const signals = signal === undefined ? [ended.signal] : [ended.signal, signal]
  const messages = served.service.consume(name, start, AbortSignal.any(signals))
  try {
    const iterator = messages[Symbol.asyncIterator]()
    for (;;) {
      const next = await from.relyOn(served.process, iterator.next())
      if (next.done === true) return
      if (from.scheduler.isChance(weather.lossShare / 20)) throw unreachable(name)
      yield next.value
    }
  } finally {
    ended.abort()
  }
}

/** Nobody hears from it; the client gives up in the end. */
async function lost(from: SimulatedProcess, what: string): Promise<never> {
  await from.pause(`waits for ${what}`, 200, 3_000)
  throw new ElanusError('TIMEOUT', `Lost: ${what}`)
}

function unreachable(what: string): ElanusError {
  return new ElanusError('SERVICE_UNAVAILABLE', `Cannot reach ${what}`)
}

/** Nobody waits for the outcome of a call that was made twice. */
function ignore(): void {}
