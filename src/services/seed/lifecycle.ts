import { ElanusError } from '../../base/errors.ts'
import {
  type ComponentInfo,
  type ComponentStates,
  type Empty,
  StateCode,
  type Status,
  type StringResponse,
} from './common-messages.ts'
import type { Call } from './facades.ts'
import { statusOf, success } from './status.ts'

/**
 * How far a service is, and with it whether it answers:
 *
 *     initializing --start--> healthy --stop--> abnormal
 *
 * Only GetComponentStates is answered in every state.
 */
export class Lifecycle {
  readonly role: string
  readonly nodeID: bigint
  #code: StateCode = StateCode.INITIALIZING

  constructor(role: string, nodeID: bigint) {
    this.role = role
    this.nodeID = nodeID
  }

  get isHealthy(): boolean {
    return this.#code === StateCode.HEALTHY
  }

  get isInitializing(): boolean {
    return this.#code === StateCode.INITIALIZING
  }

  markHealthy(): void {
    this.#code = StateCode.HEALTHY
  }

  markAbnormal(): void {
    this.#code = StateCode.ABNORMAL
  }

  info(): ComponentInfo {
    return { nodeID: this.nodeID, role: this.role, stateCode: this.#code, extraInfo: [] }
  }

  states(subcomponents: readonly ComponentInfo[]): ComponentStates {
    return { state: this.info(), subcomponentStates: [...subcomponents], status: success }
  }

  /**
   * A call whose response has fields beside its status: `empty` is what they are in a refusal.
   * Whatever the handler throws becomes the status.
   */
  answer<Request, Response extends WithStatus>(
    empty: Omit<Response, 'status'>,
    handler: (request: Request) => Promise<Omit<Response, 'status'>>,
  ): Call<Request, Response> {
    return async (request) => {
      try {
        this.#checkHealthy()
        return withStatus<Response>(await handler(request), success)
      } catch (thrown) {
        return withStatus<Response>(empty, statusOf(thrown, `The ${this.role} cannot answer`))
      }
    }
  }

  /** A call whose response is a status. */
  command<Request>(handler: (request: Request) => Promise<void>): Call<Request, Status> {
    return async (request) => {
      try {
        this.#checkHealthy()
        await handler(request)
        return success
      } catch (thrown) {
        return statusOf(thrown, `The ${this.role} cannot do that`)
      }
    }
  }

  /** A call that names a channel. */
  channelName(name: string): Call<Empty, StringResponse> {
    return this.answer({ value: '' }, async () => ({ value: name }))
  }

  #checkHealthy(): void {
    if (this.isHealthy) return
    const state = this.isInitializing
      ? 'server is initializing'
      : `state code = ${Object.keys(StateCode)[this.#code] ?? this.#code}`
    throw new ElanusError('SERVICE_NOT_READY', `The ${this.role} does not answer: ${state}`)
  }
}

interface WithStatus {
  readonly status: Status | undefined
}

function withStatus<Response extends WithStatus>(
  body: Omit<Response, 'status'>,
  status: Status,
): Response {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a response is its status and the rest
  return { ...body, status } as Response
}
