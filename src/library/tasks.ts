import type { CompiledModule } from '../kernels/web-assembly.ts'
import type {
  BuildControl,
  IndexHandle,
  SearchParams,
  VectorStoreHandle,
} from '../vector-index/contract.ts'
import type { SavedLayout } from './saved-index.ts'

/** What a crew's thread starts with: the one store that it works on, and compiled code. */
export interface CrewData {
  readonly store: VectorStoreHandle
  readonly kernels: CompiledModule
}

/** What is asked of a crew's thread. */
export type CrewTask =
  | { readonly kind: 'build'; readonly index: IndexHandle; readonly control: BuildControl }
  | { readonly kind: 'readVectors'; readonly path: string; readonly layout: SavedLayout }
  | {
      readonly kind: 'readIndex'
      readonly path: string
      readonly layout: SavedLayout
      readonly index: IndexHandle
    }
  | ({ readonly kind: 'search'; readonly index: IndexHandle } & SearchPart)

/**
 * Queries [from, to) of a batch. All threads read the queries where they are and write hits where
 * they belong: nothing is sent back.
 */
export interface SearchPart {
  readonly from: number
  readonly to: number
  readonly topk: number
  readonly params: SearchParams
  /** All queries of the batch. */
  readonly queries: Uint8Array<SharedArrayBuffer>
  readonly excluded: Uint8Array<SharedArrayBuffer> | undefined
  readonly hits: SharedHits
}

/** As in `Hits`, for all queries of a batch. */
export interface SharedHits {
  readonly stride: number
  readonly counts: Uint32Array<SharedArrayBuffer>
  readonly ids: Uint32Array<SharedArrayBuffer>
  readonly distances: Float32Array<SharedArrayBuffer>
}
