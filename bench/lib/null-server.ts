import { serveOperations } from './helper.ts'
import {
  bareSuccess,
  emptySearchResponse,
  encodeConnectResponse,
  encodeDescribeCollectionResponse,
  paths,
} from './milvus-messages.ts'
import { serveRaw } from './raw-grpc.ts'

/**
 * A Milvus that only acknowledges: the official client connects, inserts and searches, and nothing
 * is decoded or kept. The client's own speed is what is measured against it. Searches are recorded
 * as they came, for the load generator to send again without the client.
 */
const searches: Uint8Array[] = []

interface Collection {
  readonly name: string
  readonly dimension: number
}

const operations = {
  /** Listens on a free port and returns it. */
  async listen({ name, dimension }: Collection): Promise<number> {
    const connected = encodeConnectResponse()
    const description = encodeDescribeCollectionResponse(name, dimension)
    const server = await serveRaw(
      new Map([
        [paths.connect, () => connected],
        [paths.describeCollection, () => description],
        [paths.insert, () => bareSuccess],
        [paths.search, record],
      ]),
    )
    return server.port
  },

  /** The search requests since the last time, in the order of their arrival. */
  takeSearches(): Uint8Array[] {
    return searches.splice(0)
  },
}

export type NullServer = typeof operations

serveOperations(operations)

function record(request: Buffer): Buffer {
  searches.push(request)
  return emptySearchResponse
}
