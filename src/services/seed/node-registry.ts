import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import { secondMs } from '../../base/units.ts'
import { Listeners } from '../channels/listeners.ts'
import { type ComponentInfo, StateCode } from './common-messages.ts'
import type { Component } from './facades.ts'
import { Periodic } from './periodic.ts'
import { isSuccess } from './status.ts'

export interface RegisteredNode<Node> {
  readonly nodeID: bigint
  /** `host:port` */
  readonly address: string
  readonly node: Node
  /** Aborts when the node is gone. */
  readonly gone: AbortSignal
}

const probePeriodMs = 1 * secondMs
/** Probes in a row that a node may leave unanswered: less than a pause of its process would take. */
const missedProbeCountMax = 3

interface Entry<Node> extends RegisteredNode<Node> {
  readonly node: Node & Disposable
  readonly abort: AbortController
  missedProbeCount: number
  info: ComponentInfo
}

/**
 * Nodes in other processes. A node is there from its registration until it has left a few probes
 * unanswered; then it is gone for good, and comes back by registering again. Nothing is kept: what
 * nodes have to do is in meta, and a node that outlives the coordinator registers anew.
 */
export class NodeRegistry<Node extends Component> {
  readonly role: string
  readonly #connect: ((address: string) => Node & Disposable) | undefined
  readonly #listeners = new Listeners()
  readonly #probing: Periodic
  #entries: readonly Entry<Node>[] = []

  constructor(options: {
    readonly role: string
    /** Undefined where nodes in other processes are not taken. */
    readonly connect: ((address: string) => Node & Disposable) | undefined
    readonly clock: Clock
    readonly onError: (error: unknown) => void
  }) {
    this.role = options.role
    this.#connect = options.connect
    this.#probing = new Periodic({
      ...options,
      periodMs: probePeriodMs,
      task: async () => {
        await Promise.all(this.#entries.map((entry) => this.#probe(entry)))
      },
    })
  }

  start(): Promise<void> {
    return this.#probing.start()
  }

  async stop(): Promise<void> {
    await this.#probing.stop()
    for (const entry of this.#entries) this.#drop(entry, 'the coordinator ends')
  }

  all(): readonly RegisteredNode<Node>[] {
    return this.#entries
  }

  infos(): readonly ComponentInfo[] {
    return this.#entries.map(({ info }) => info)
  }

  get(nodeID: bigint): RegisteredNode<Node> | undefined {
    return this.#entries.find((entry) => entry.nodeID === nodeID)
  }

  /** A call of it failed in the transport: nothing more is given to it before it registers again. */
  giveUp(nodeID: bigint): void {
    const entry = this.#entries.find((known) => known.nodeID === nodeID)
    if (entry !== undefined) this.#drop(entry, 'a call of it has failed')
  }

  /** One that registers from the address of another has taken its place. */
  register(nodeID: bigint, ip: string, port: bigint): RegisteredNode<Node> {
    const address = checkedAddress(ip, port)
    if (this.#connect === undefined) {
      throw new ElanusError(
        'SERVICE_UNAVAILABLE',
        `Cannot register ${address}: this server works without nodes in other processes`,
      )
    }
    for (const entry of this.#entries) {
      if (entry.address === address) this.#drop(entry, 'another has registered in its place')
    }
    const abort = new AbortController()
    const info = { nodeID, role: this.role, stateCode: StateCode.INITIALIZING, extraInfo: [] }
    const entry: Entry<Node> = {
      nodeID,
      address,
      node: this.#connect(address),
      abort,
      gone: abort.signal,
      missedProbeCount: 0,
      info,
    }
    this.#entries = [...this.#entries, entry]
    this.#listeners.tell()
    return entry
  }

  /** Calls back when a node has come or gone. */
  subscribe(listener: () => void): Disposable {
    return this.#listeners.add(listener)
  }

  async #probe(entry: Entry<Node>): Promise<void> {
    try {
      const { state, status } = await entry.node.getComponentStates({})
      if (isSuccess(status) && state !== undefined) entry.info = { ...state, nodeID: entry.nodeID }
      entry.missedProbeCount = 0
    } catch {
      // That it does not answer is what is to be found out here.
      entry.missedProbeCount += 1
      if (entry.missedProbeCount >= missedProbeCountMax) this.#drop(entry, 'it does not answer')
    }
  }

  #drop(entry: Entry<Node>, why: string): void {
    this.#entries = this.#entries.filter((other) => other !== entry)
    const message = `The ${this.role} ${entry.nodeID} at ${entry.address} is gone: ${why}`
    entry.abort.abort(new ElanusError('NODE_NOT_FOUND', message))
    entry.node[Symbol.dispose]()
    this.#listeners.tell()
  }
}

const portMax = 65_535n

function checkedAddress(ip: string, port: bigint): string {
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(ip) || port < 1n || port > portMax) {
    const shown = JSON.stringify(ip.slice(0, 64))
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot register a node at ${shown}, port ${port}: that is no address`,
    )
  }
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
