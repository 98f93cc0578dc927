import type { HashSeed } from '../base/half-sip-hash.ts'
import type { FieldId, SegmentId } from '../base/int64.ts'
import type { ScalarIndexHandle } from '../scalar-index/scalar-index-handle.ts'
import type { CollectionSchema } from '../schema/collection-schema.ts'
import type { IndexHandle, VectorStoreHandle } from '../vector-index/contract.ts'

/** A segment as another thread is sent it: shared memory and what is needed to read it. */
export type SegmentHandle = GrowingSegmentHandle | SealedSegmentHandle

interface SegmentHandleCommon {
  readonly id: SegmentId
  readonly generation: number
  readonly schema: CollectionSchema
  readonly fields: readonly FieldHandle[]
  readonly timestamps: SharedArrayBuffer
  readonly deletions: DeletionsHandle
}

export interface GrowingSegmentHandle extends SegmentHandleCommon {
  readonly kind: 'growing'
  /** What the owner publishes; see growing-segment.ts. */
  readonly control: SharedArrayBuffer
}

export interface SealedSegmentHandle extends SegmentHandleCommon {
  readonly kind: 'sealed'
  readonly rowCount: number
  readonly sizeBytes: number
  readonly primaryKeys: PrimaryKeyIndexHandle
  readonly indexes: readonly FieldIndexHandle[]
  readonly scalarIndexes: readonly ScalarIndexHandle[]
}

export type FieldHandle = { readonly fieldId: FieldId } & (
  | PlainFieldHandle
  | { readonly kind: 'vector'; readonly store: VectorStoreHandle }
)

/** Values, and for a field that is nullable a bit for each row that has one. */
export type PlainFieldHandle = (ScalarHandle | ArrayHandle) & {
  readonly validity?: SharedArrayBuffer | undefined
}

export type ScalarHandle =
  | { readonly kind: 'fixed'; readonly values: SharedArrayBuffer }
  /** VarChar, and JSON too. */
  | {
      readonly kind: 'varChar'
      readonly offsets: SharedArrayBuffer
      readonly bytes: SharedArrayBuffer
    }

export interface ArrayHandle {
  readonly kind: 'array'
  readonly offsets: SharedArrayBuffer
  readonly elements: ScalarHandle
}

export interface FieldIndexHandle {
  readonly fieldId: FieldId
  readonly index: IndexHandle
}

export interface DeletionsHandle {
  readonly control: SharedArrayBuffer
  readonly deletedAt: SharedArrayBuffer
  readonly deletedRows: SharedArrayBuffer
}

export interface PrimaryKeyIndexHandle {
  readonly seed: HashSeed
  /** Of the index as it was made; a growing one's is the owner's business. */
  readonly bucketCount: number
  readonly buckets: SharedArrayBuffer
  readonly next: SharedArrayBuffer
}
