import { serveOperations } from './helper.ts'
import { emptyMessage, paths } from './milvus-messages.ts'
import { serveRaw } from './raw-grpc.ts'

/**
 * The door without a house: grpc-js that answers every call with the same bytes. What it needs for
 * a call is what no server on grpc-js can do without.
 */
let response: Buffer = emptyMessage

const operations = {
  /** Listens on a free port and returns it. */
  async listen(): Promise<number> {
    const server = await serveRaw(
      new Map([
        [paths.search, () => response],
        [paths.getVersion, () => emptyMessage],
      ]),
    )
    return server.port
  },

  /** Answers searches with this from now on. */
  answerWith(bytes: Uint8Array): void {
    response = Buffer.from(bytes)
  },
}

export type EchoServer = typeof operations

serveOperations(operations)
