/**
 * Immutable objects by name. Names are made of ids, never of what a client typed:
 * `insert_log/<collection>/<partition>/<segment>/<field>/<log id>` and the like, parts joined by '/'.
 */
export interface ObjectStore {
  /**
   * Writes an object whole: it is durable when this resolves, and absent or whole after any crash.
   * Returns what meta keeps of it. Refuses a name that exists. Rejects with DISK_FULL or IO_FAILED.
   */
  put(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<ObjectFacts>
  /** The whole object; OBJECT_NOT_FOUND, or CORRUPT if it does not match `expected`. */
  get(name: string, expected?: ObjectFacts): Promise<Uint8Array>
  /** All names under a prefix that ends at a '/', with when they were written. */
  list(prefix: string): AsyncIterable<ObjectListing>
  /** Succeeds also when it is already gone. */
  drop(name: string): Promise<void>
}

export interface ObjectFacts {
  readonly sizeBytes: number
  readonly crc32c: number
}

export interface ObjectListing {
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}
