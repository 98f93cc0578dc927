/**
 * Immutable objects by name. Names are made of ids, never of what a client typed:
 * `insert_log/<collection>/<partition>/<segment>/<field>/<log id>` and the like, parts joined by '/'.
 */
export interface ObjectStore {
  /**
   * Writes an object whole: it is durable when this resolves, and absent or whole after any crash.
   * Returns what meta keeps of it. The chunks must not change until then. Rejects
   * with FILE_EXISTS for a name that is taken, DISK_FULL, IO_FAILED, or what the chunks throw.
   */
  put(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<ObjectFacts>
  /** The whole object; OBJECT_NOT_FOUND, or CORRUPT if it does not match `expected`. */
  get(name: string, expected?: ObjectFacts): Promise<Uint8Array>
  /**
   * The object's bytes in order, a piece at a time, each in memory of its own. Rejects like `get`,
   * and before the first piece: what is given out matches `expected`.
   */
  stream(name: string, expected?: ObjectFacts): AsyncIterable<Uint8Array>
  /** All names under a prefix that ends at a '/', with when they were written. */
  list(prefix: string): AsyncIterable<ObjectListing>
  /** Succeeds also when it is already gone. */
  drop(name: string): Promise<void>
  /** Drops what was begun and not written to since that time, and so never became an object. */
  dropUnfinished(before: { readonly modifiedMs: number }): Promise<void>
}

/** What is known of an object when it is written, and checked when it is read. */
export interface ObjectFacts {
  readonly sizeBytes: number
  readonly crc32c: number
}

export interface ObjectListing {
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}
