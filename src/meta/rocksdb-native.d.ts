/** What we use of rocksdb-native, which ships no types. */
declare module 'rocksdb-native' {
  class RocksDB {
    static readonly constants: {
      readonly walRecoveryMode: { readonly POINT_IN_TIME: number }
    }
    constructor(path: string, options?: RocksDB.Options)
    ready(): Promise<void>
    close(): Promise<void>
    get(key: Uint8Array): Promise<Buffer | null>
    iterator(range: RocksDB.Range): RocksDB.Iterator
    write(options: { readonly capacity: number }): RocksDB.WriteBatch
    currentWalFile(): Promise<{ readonly path: string; readonly number: number }>
  }

  namespace RocksDB {
    interface Options {
      readonly readOnly?: boolean
      readonly writeBufferSize?: number
      readonly maxBackgroundJobs?: number
      readonly walRecoveryMode?: number
    }

    interface Range {
      readonly gte?: Uint8Array
      readonly lt?: Uint8Array
      /** Entries that are fetched in one go. */
      readonly capacity?: number
    }

    interface Entry {
      readonly key: Buffer
      readonly value: Buffer
    }

    interface Iterator extends AsyncIterable<Entry> {
      destroy(): void
    }

    interface WriteBatch {
      tryPut(key: Uint8Array, value: Uint8Array): void
      tryDelete(key: Uint8Array): void
      flush(): Promise<void>
      destroy(): void
    }
  }

  export = RocksDB
}
