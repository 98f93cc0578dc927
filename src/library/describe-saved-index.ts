import { nodeFileSystem } from '../base/node-file-system.ts'
import type { ElementType } from '../schema/element-type.ts'
import type { Metric } from '../schema/metric.ts'
import { readSavedLayout } from './saved-index.ts'

/** What a saved index says of itself. */
export interface SavedIndexFacts {
  readonly type: string
  readonly metric: Metric
  readonly params: Readonly<Record<string, unknown>>
  readonly elementType: ElementType
  readonly dimension: number
  readonly rowCount: number
  readonly vectors: 'inside' | 'outside'
}

/** Reads the ends of the file alone. Rejects with FILE_NOT_FOUND, CORRUPT, IO_FAILED. */
export async function describeSavedIndex(path: string): Promise<SavedIndexFacts> {
  const { spec, elementType, dimension, rowCount, vectorBytes } = await readSavedLayout(
    nodeFileSystem,
    path,
  )
  const vectors = vectorBytes > 0 || rowCount === 0 ? 'inside' : 'outside'
  return { ...spec, elementType, dimension, rowCount, vectors }
}
