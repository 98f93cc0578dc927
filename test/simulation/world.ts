import { ElanusError } from '../../src/base/errors.ts'
import { openFileLog } from '../../src/log/file-log.ts'
import { openMemoryMeta } from '../../src/meta/memory-meta.ts'
import type { MetaKv } from '../../src/meta/meta-kv.ts'
import { type CoordinatorServices, startServices } from '../../src/services/coordinator.ts'
import type { DataNode, IndexNode } from '../../src/services/seed/facades.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import type { Bug } from './bug.ts'
import { remote, type Served } from './network.ts'
import { scheduledFileSystem } from './scheduled-file-system.ts'
import { Scheduler } from './scheduler.ts'
import { simulatedSettings } from './settings.ts'
import { SimulatedMeta } from './simulated-meta.ts'
import { SimulatedObjects, type StoredObjects } from './simulated-objects.ts'
import { SimulatedPool } from './simulated-pool.ts'
import { epochMs, SimulatedProcess } from './simulated-process.ts'
import { Violation } from './violation.ts'
import { calmWeather, type Weather } from './weather.ts'

interface RunningCoordinator {
  readonly process: SimulatedProcess
  readonly meta: SimulatedMeta
  /** Undefined while it starts. */
  services: CoordinatorServices | undefined
}

/** How far the clock of a coordinator is off at the most, either way. */
export const clockShiftMsMax = 40_000

/** Codes that only a bug brings about, whatever the weather. */
const impossibleCodes = ['INTERNAL', 'CORRUPT', 'UNIMPLEMENTED', 'FILE_EXISTS', 'FILE_NOT_FOUND']

/**
 * One coordinator after another on one disk, and the nodes around it; all in one thread, on one
 * scheduler. What survives a crash is in `disk`, `durableMeta` and `objects`, and nowhere else.
 */
export class World {
  readonly scheduler: Scheduler
  readonly weather: Weather = calmWeather()
  readonly bug: Bug
  readonly durableMeta: MetaKv = openMemoryMeta()
  readonly objects: StoredObjects = new Map()
  readonly dataNodes = new Map<string, Served<DataNode>>()
  readonly indexNodes = new Map<string, Served<IndexNode>>()
  #disk: SimulatedDisk
  #coordinator: RunningCoordinator | undefined
  #startCount = 0
  #crashing: Promise<void> = Promise.resolve()
  #violation: Error | undefined
  #startError: unknown
  #onDrop: (name: string, process: SimulatedProcess) => void = () => {}

  constructor(seed: number, bug: Bug) {
    this.scheduler = new Scheduler(seed)
    this.bug = bug
    this.#disk = new SimulatedDisk(this.#diskOptions())
  }

  /** What was found in the background, if anything was. */
  get violation(): Error | undefined {
    return this.#violation
  }

  /** Why the last start that failed did so. */
  get startError(): unknown {
    return this.#startError
  }

  get isUp(): boolean {
    return this.#coordinator?.services !== undefined
  }

  /** Whether a coordinator runs, or is about to. */
  get isStarted(): boolean {
    return this.#coordinator !== undefined
  }

  coordinator(): Served<CoordinatorServices> | undefined {
    const { process, services } = this.#coordinator ?? {}
    return process === undefined || services === undefined
      ? undefined
      : { process, service: services }
  }

  /** A process of its own, with a clock that is a little off. */
  process(name: string): SimulatedProcess {
    return new SimulatedProcess(name, this.scheduler, this.scheduler.random.below(2_000) - 1_000)
  }

  /** Told of each object right before it goes away, and by whose hand. */
  watchDrops(onDrop: (name: string, process: SimulatedProcess) => void): void {
    this.#onDrop = onDrop
  }

  /** Nothing of it goes on. */
  end(): void {
    this.#coordinator?.process.die()
    for (const { process } of [...this.dataNodes.values(), ...this.indexNodes.values()]) {
      process.die()
    }
  }

  /** What a process sees of the objects. */
  objectsOf(process: SimulatedProcess): SimulatedObjects {
    const isFull = (): boolean => this.weather.isObjectDiskFull
    const onDrop = (name: string): void => this.#onDrop(name, process)
    const nowMs = (): number => Math.floor(epochMs + this.scheduler.nowMs)
    return new SimulatedObjects({ stored: this.objects, process, isFull, nowMs, onDrop })
  }

  poolOf(process: SimulatedProcess): SimulatedPool {
    const failureShare = (): number => this.weather.taskFailureShare
    return new SimulatedPool({ process, objects: this.objectsOf(process), failureShare })
  }

  /** Starts a coordinator on what is durable; `isUp` says when it answers. */
  start(): void {
    this.#startCount += 1
    // Clocks are set between runs, forward and back.
    const shiftMs = this.scheduler.random.below(2 * clockShiftMsMax) - clockShiftMsMax
    const process = new SimulatedProcess(`coordinator ${this.#startCount}`, this.scheduler, shiftMs)
    const isFull = (): boolean => this.weather.isMetaDiskFull
    const meta = new SimulatedMeta({ durable: this.durableMeta, process, isFull })
    const running: RunningCoordinator = { process, meta, services: undefined }
    this.#coordinator = running
    this.#open(running).then(
      (services) => {
        running.services = this.bug.services?.(services) ?? services
      },
      (error: unknown) => {
        this.#startError = error
        this.observe(error)
        if (this.#coordinator === running) void this.crash('kill')
      },
    )
  }

  /** Ends the coordinator at this instant; a power cut also takes what was not synced. */
  crash(how: 'kill' | 'powerCut'): Promise<void> {
    const running = this.#coordinator
    if (running === undefined) return this.#crashing
    const { random, trace } = this.scheduler
    trace.add(this.scheduler.nowMs, running.process.name, how)
    this.#coordinator = undefined
    running.process.die()
    const options = this.#diskOptions()
    this.#disk = how === 'kill' ? this.#disk.kill(options) : this.#disk.powerCut(options)
    this.bug.crash?.(this.objects)
    this.#crashing = running.meta.crash(random)
    return this.#crashing
  }

  /** Takes note of an error that nobody awaits: most are the weather's, some are bugs. */
  observe(error: unknown): void {
    if (this.#violation !== undefined || !isBug(error)) return
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#violation = new Violation(`The background failed: ${message}`)
  }

  #open({ process, meta }: RunningCoordinator): Promise<CoordinatorServices> {
    return this.#openOn(process, this.bug.meta?.(meta) ?? meta)
  }

  async #openOn(process: SimulatedProcess, meta: MetaKv): Promise<CoordinatorServices> {
    const { bug, scheduler } = this
    const disk = scheduledFileSystem(this.#disk, process)
    const log = await openFileLog({
      folder: '/log',
      fileSystem: bug.logFileSystem?.(disk) ?? disk,
      fileSizeBytesMax: 8_192,
      drawSalt: () => scheduler.random.below(2 ** 32),
      onFatal: () => {
        scheduler.at(0, process, 'stops: a sync has failed', () => void this.crash('powerCut'))
      },
    })
    const objects = this.objectsOf(process)
    const pool = this.poolOf(process)
    return startServices({
      folder: '/',
      clock: bug.clock?.(process) ?? process,
      settings: bug.settings?.(simulatedSettings) ?? simulatedSettings,
      meta,
      log: bug.log?.(log) ?? log,
      objects: bug.objects?.(objects) ?? objects,
      pool: bug.pool?.(pool) ?? pool,
      connect: {
        dataNode: (address) => this.#connect(process, this.dataNodes, address),
        indexNode: (address) => this.#connect(process, this.indexNodes, address),
      },
      onError: (error) => this.observe(error),
    })
  }

  #connect<Node extends object>(
    from: SimulatedProcess,
    nodes: ReadonlyMap<string, Served<Node>>,
    address: string,
  ): Node & Disposable {
    const node = nodes.get(address)
    if (node === undefined) throw new ElanusError('NODE_NOT_FOUND', `Nobody is at ${address}`)
    const template = { ...node.service, [Symbol.dispose]: () => {} }
    const find = (): Served<Node & Disposable> | undefined => {
      const served = nodes.get(address)
      return served && { process: served.process, service: { ...served.service, ...template } }
    }
    return remote(template, { from, weather: this.weather, find })
  }

  #diskOptions(): ConstructorParameters<typeof SimulatedDisk>[0] {
    return {
      random: this.scheduler.random,
      faultOf: ({ kind }) => {
        const isGrowing = kind === 'write' || kind === 'create' || kind === 'makeFolder'
        if (this.weather.isLogDiskFull && isGrowing) return 'DISK_FULL'
        if (!this.weather.isSyncFailing || kind !== 'datasync') return undefined
        this.weather.isSyncFailing = false
        return 'IO_FAILED'
      },
    }
  }
}

/** Whether an error says that something is wrong with the code, not with the world. */
export function isBug(error: unknown): boolean {
  return !(error instanceof ElanusError) || impossibleCodes.includes(error.code)
}
