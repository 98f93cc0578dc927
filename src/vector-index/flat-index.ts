import { addBuiltRows } from './build-control.ts'
import type {
  BuildControl,
  Hits,
  IndexHandle,
  IndexSearchRequest,
  IndexSpec,
  VectorIndex,
  VectorStore,
} from './contract.ts'
import { searchExact } from './exact-search.ts'
import { corrupt } from './index-file.ts'

/** FLAT: the rows are the index. */
export class FlatIndex implements VectorIndex {
  readonly spec: IndexSpec
  readonly rowCount: number
  readonly #store: VectorStore

  constructor(store: VectorStore, handle: IndexHandle) {
    this.#store = store
    this.spec = handle.spec
    this.rowCount = handle.rowCount
  }

  build(control?: BuildControl): void {
    addBuiltRows(control, this.rowCount)
  }

  serialise(): Iterable<Uint8Array> {
    return []
  }

  load(chunks: Iterable<Uint8Array>): void {
    for (const chunk of chunks) {
      if (chunk.length > 0) throw corrupt('a FLAT index has no file')
    }
  }

  search(request: IndexSearchRequest): Hits {
    const { metric } = this.spec
    return searchExact(this.#store, { ...request, metric, rowCount: this.rowCount })
  }

  [Symbol.dispose](): void {
    // It holds nothing: the store is closed by whoever opened it.
  }
}
