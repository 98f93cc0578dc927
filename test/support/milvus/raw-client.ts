import { type CallOptions, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { MilvusServiceDefinition } from '../../../src/rpc/generated/milvus/milvus.ts'
import type { MessageType } from '../../../src/rpc/wire/message.ts'

interface CallableMethod<Request, Response> {
  readonly name: string
  readonly requestType: MessageType<Request>
  readonly responseType: { decode(bytes: Uint8Array): Response }
}

export interface RawCallOptions extends CallOptions {
  readonly metadata?: Readonly<Record<string, string>>
}

/** A client that has no opinion: it sends bytes and returns bytes, or rejects with gRPC's error. */
export class RawClient implements Disposable {
  readonly #client: Client

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    })
  }

  /** A call of the service by its method's name. */
  send(name: string, bytes: Uint8Array, options: RawCallOptions = {}): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, response?: Uint8Array): void => {
        if (error !== null) reject(error)
        else resolve(response ?? new Uint8Array(0))
      }
      const args = [bytes, metadataOf(options), options, done] as const
      this.#client.makeUnaryRequest(pathOf(name), toBuffer, plainBytes, ...args)
    })
  }

  /** A call of a method that answers with a stream: all that it says before it ends. */
  async sendForStream(name: string, bytes: Uint8Array): Promise<Uint8Array[]> {
    const responses: Uint8Array[] = []
    const call = this.#client.makeServerStreamRequest(pathOf(name), toBuffer, plainBytes, bytes)
    for await (const response of call) if (response instanceof Uint8Array) responses.push(response)
    return responses
  }

  /** Opens a stream in both directions, says nothing, and waits for its end. */
  openStream(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeBidiStreamRequest(pathOf(name), toBuffer, plainBytes)
      call.on('error', reject)
      call.on('end', resolve)
      call.resume()
    })
  }

  async call<Request, Response>(
    method: CallableMethod<Request, Response>,
    request: Request,
    options: RawCallOptions = {},
  ): Promise<Response> {
    const bytes = method.requestType.encode(request).finish()
    return method.responseType.decode(await this.send(method.name, bytes, options))
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }
}

function pathOf(name: string): string {
  return `/${MilvusServiceDefinition.fullName}/${name}`
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes)
}

function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer)
}

function metadataOf({ metadata = {} }: RawCallOptions): Metadata {
  const result = new Metadata()
  for (const [key, value] of Object.entries(metadata)) result.set(key, value)
  return result
}
