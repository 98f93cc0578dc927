/**
 * A service in terms of bytes: what a binding to a transport needs, and all that it knows of one.
 * A server is handed a list of them.
 */
export interface RpcService {
  /** With its package: `milvus.proto.milvus.MilvusService`. */
  readonly name: string
  readonly methods: readonly RpcMethod[]
}

export type RpcMethod =
  /** One request, one response. It answers every request: what goes wrong is in the response. */
  | {
      readonly kind: 'unary'
      readonly name: string
      answer(request: Uint8Array, call: RpcCall): Promise<Uint8Array>
    }
  /** One request, and responses until they end. */
  | {
      readonly kind: 'serverStream'
      readonly name: string
      answer(request: Uint8Array, call: RpcCall): AsyncIterable<Uint8Array>
    }
  /** Requests and responses, each until it ends. */
  | {
      readonly kind: 'bidiStream'
      readonly name: string
      answer(requests: AsyncIterable<Uint8Array>, call: RpcCall): AsyncIterable<Uint8Array>
    }
  /** Known by name, and refused by the transport because no response of it could say so. */
  | {
      readonly kind: 'refused'
      readonly name: string
      readonly isRequestStream: boolean
      readonly isResponseStream: boolean
      readonly reason: string
    }

/** What a call brings beside its request. */
export interface RpcCall {
  /** The first value of a metadata key; undefined when there is none. */
  metadata(key: string): string | undefined
  /** Aborts when the caller hangs up or its deadline passes. Made when first asked for. */
  signal(): AbortSignal
}

/** Where a server tells of what it cannot tell its caller. */
export interface RpcLogger {
  error(message: string, cause: unknown): void
}
