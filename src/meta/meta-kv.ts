/**
 * An ordered map of bytes to bytes, for what must survive and fits in memory many times over:
 * the catalog, segments, builds, positions.
 */
export interface MetaKv extends AsyncDisposable {
  /** The value, or undefined. The caller owns the bytes. */
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * All entries whose key starts with `prefix`, in the order of the keys, as of one moment: when
   * the first is asked for. Later writes do not show. Iterate to the end or leave the loop: an
   * iteration that is merely forgotten holds that moment's data.
   */
  scan(prefix: Uint8Array): AsyncIterable<MetaEntry>
  /**
   * All operations or none, in their order; durable when it resolves. Batches take effect in the
   * order of the calls. Rejects with DISK_FULL (nothing written, reads go on, later writes work
   * once there is room), RATE_LIMITED when a million operations wait already, CLOSED or IO_FAILED.
   */
  write(operations: readonly MetaOperation[]): Promise<void>
}

export interface MetaEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export type MetaOperation =
  | { readonly kind: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'drop'; readonly key: Uint8Array }
