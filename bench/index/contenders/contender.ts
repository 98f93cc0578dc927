import type { Metric } from '../../../src/schema/metric.ts'

/** An index that takes part: alone in its process, driven by `contender-process.ts`. */
export interface Contender extends AsyncDisposable {
  /** Row after row, `dimension` each. A row's number is its id. */
  build(base: Float32Array): Promise<void>
  save(path: string): Promise<void>
  /** Takes the place of what was built. */
  load(path: string): Promise<void>
  /** How wide searches are from now on: `ef`, `nprobe`. */
  setWidth(width: number): Promise<void>
  /** The nearest ids to one query, on this thread. */
  search(query: Float32Array, topk: number): ArrayLike<number>
  /** To many queries, by all threads; `topk` ids each. Absent where there is no such call. */
  readonly searchBatch?: (queries: Float32Array, topk: number) => Promise<ArrayLike<number>>
  /** The same as `search` among the ids whose label is below `below`. Absent where it cannot. */
  readonly searchLabelled?: (
    query: Float32Array,
    topk: number,
    filter: LabelFilter,
  ) => ArrayLike<number>
  /** Bytes of memory that it says it takes; undefined where it does not say. */
  readonly memoryBytes: number | undefined
}

/** Rows are in when their label is below the limit. */
export interface LabelFilter {
  readonly labels: Uint16Array
  readonly below: number
}

export interface ContenderShape {
  readonly dimension: number
  readonly count: number
  readonly metric: Metric
  readonly threads: number
  readonly linksMax: number
  readonly efConstruction: number
}

/** What takes part: one of ours by its type, or a peer. */
export type ContenderName =
  | { readonly kind: 'elanus'; readonly type: string }
  | { readonly kind: 'hnswlib-node' }
  | { readonly kind: 'hnswlib-wasm' }
  | { readonly kind: 'usearch'; readonly scalar: 'f32' | 'i8' }

export interface ContenderSetup extends ContenderShape {
  readonly name: ContenderName
}

export function titleOf({ name, threads }: Pick<ContenderSetup, 'name' | 'threads'>): string {
  const suffix = threads > 1 ? ` × ${threads}` : ''
  switch (name.kind) {
    case 'elanus':
      return `Elanus ${name.type}${suffix}`
    case 'usearch':
      return `usearch ${name.scalar}${suffix}`
    case 'hnswlib-node':
    case 'hnswlib-wasm':
      return name.kind
  }
}
