import { fileURLToPath } from 'node:url'
import * as grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const protoFolder = fileURLToPath(new URL('../../proto', import.meta.url))
const files = ['master.proto', 'data.proto', 'index.proto', 'message.proto']

/** An answer as a program sees it that knows the protos and nothing else: 64-bit numbers as text. */
export type Answer = { readonly [field: string]: unknown }

/**
 * An outside program: it reads the .proto files, and calls by name. What it calls is typed by them,
 * not by us.
 */
export class SeedClient implements Disposable {
  readonly #clients = new Map<string, grpc.Client>()
  readonly #definitions: ReturnType<typeof loadSync>

  constructor(address: string) {
    this.#definitions = loadSync(files, {
      includeDirs: [protoFolder],
      keepCase: true,
      longs: String,
      enums: String,
      defaults: true,
    })
    for (const [name, definition] of Object.entries(this.#definitions)) {
      if (!isService(definition)) continue
      const Client = grpc.makeClientConstructor(definition, name)
      this.#clients.set(name, new Client(address, grpc.credentials.createInsecure()))
    }
  }

  /** Names of the methods of a service that answer once. */
  methods(service: string): readonly string[] {
    const definition = this.#definitions[service]
    if (definition === undefined || !isService(definition)) return []
    return Object.entries(definition)
      .filter(([, method]) => !method.responseStream)
      .map(([name]) => name)
  }

  call(service: string, method: string, request: object = {}): Promise<Answer> {
    const definition = this.#method(service, method)
    return new Promise((resolve, reject) => {
      this.#client(service).makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        (error, answer) => {
          if (error !== null) reject(error)
          else resolve(isAnswer(answer) ? answer : {})
        },
      )
    })
  }

  /** The first messages of a channel, decoded; or fewer, if it ends before. */
  async consume(
    channel_name: string,
    count: number,
  ): Promise<readonly { readonly type: unknown; readonly status: unknown }[]> {
    const service = 'elanus.message.MessageStream'
    const definition = this.#method(service, 'Consume')
    const call = this.#client(service).makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      { channel_name },
    )
    const found: { type: unknown; status: unknown }[] = []
    try {
      for await (const message of call) {
        if (!isAnswer(message)) continue
        found.push({ type: message['msg_type'], status: statusOf(message) })
        if (found.length === count) break
      }
    } finally {
      call.cancel()
    }
    return found
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close()
  }

  #client(service: string): grpc.Client {
    const client = this.#clients.get(service)
    if (client === undefined) throw new Error(`the protos have no service ${service}`)
    return client
  }

  #method(service: string, name: string): grpc.MethodDefinition<object, object> {
    const definition = this.#definitions[service]
    const method = definition !== undefined && isService(definition) ? definition[name] : undefined
    if (method === undefined) throw new Error(`the protos have no method ${service}/${name}`)
    return method
  }
}

/** The error code of an answer, whether it is a status or has one. */
export function statusOf(answer: Answer): unknown {
  const status = answer['status']
  return isAnswer(status) ? status['error_code'] : answer['error_code']
}

export function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null
}

function isService(
  definition: object,
): definition is Record<string, grpc.MethodDefinition<object, object>> {
  return !('format' in definition)
}
