import type { Clock } from '../../base/clock.ts'
import { ElanusError } from '../../base/errors.ts'
import { secondMs } from '../../base/units.ts'
import type { Component } from './facades.ts'
import { Periodic } from './periodic.ts'
import { retrying } from './retrying.ts'
import { isSuccess } from './status.ts'

export interface NodeMembershipOptions {
  readonly clock: Clock
  /** The service that this node is of. */
  readonly service: Component
  /** Rejects while the service does not answer, or does not take the node. */
  readonly register: () => Promise<bigint>
  /** What was begun under the former id is of no use any more. */
  readonly onLost: () => void
  readonly onError: (error: unknown) => void
}

const checkPeriodMs = 1 * secondMs

/**
 * A node's place among those of a service. The service keeps none of it: one that has started again
 * does not know the node, and one that has heard nothing from it for a while has let it go. So the
 * node looks whether it is still counted, and registers again where it is not.
 */
export class NodeMembership {
  readonly #options: NodeMembershipOptions
  readonly #checking: Periodic
  readonly #stopped = new AbortController()
  #nodeID = 0n

  constructor(options: NodeMembershipOptions) {
    this.#options = options
    this.#checking = new Periodic({
      ...options,
      periodMs: checkPeriodMs,
      task: () => this.#check(),
    })
  }

  /** Zero before it has been registered, and while it is registered anew. */
  get nodeID(): bigint {
    return this.#nodeID
  }

  /** Resolves when it is registered. */
  async start(): Promise<void> {
    await this.#register()
    await this.#checking.start()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#checking.stop()
  }

  async #check(): Promise<void> {
    if (this.#stopped.signal.aborted || (await this.#isMember())) return
    this.#options.onLost()
    this.#nodeID = 0n
    await this.#register()
  }

  async #isMember(): Promise<boolean> {
    const { service } = this.#options
    const { status, subcomponentStates } = await service.getComponentStates({})
    return isSuccess(status) && subcomponentStates.some(({ nodeID }) => nodeID === this.#nodeID)
  }

  async #register(): Promise<void> {
    const { clock, register, onError } = this.#options
    const { signal } = this.#stopped
    try {
      this.#nodeID = await retrying(register, { clock, signal, onError })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

/**
 * The id that a node reports under. A service may give it work before the node has heard the answer to
 * its registration: SERVICE_NOT_READY until it has, since a report under no id is nobody's.
 */
export function registeredID(nodeID: bigint): bigint {
  if (nodeID !== 0n) return nodeID
  throw new ElanusError('SERVICE_NOT_READY', 'Cannot report: this node does not know its id yet')
}
