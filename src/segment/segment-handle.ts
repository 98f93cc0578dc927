import type { HashSeed } from '../base/half-sip-hash.ts'
import type { FieldId, SegmentId } from '../base/int64.ts'
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
}

export type FieldHandle =
  | { readonly kind: 'fixed'; readonly fieldId: FieldId; readonly values: SharedArrayBuffer }
  | {
      readonly kind: 'varChar'
      readonly fieldId: FieldId
      readonly offsets: SharedArrayBuffer
      readonly bytes: SharedArrayBuffer
    }
  | { readonly kind: 'vector'; readonly fieldId: FieldId; readonly store: VectorStoreHandle }

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
