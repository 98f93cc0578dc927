import { ElanusError } from '../../base/errors.ts'
import type { IndexRecord } from '../../meta/records.ts'
import { type IndexSpec, type IndexTypeName, indexTypeNames } from '../../vector-index/contract.ts'

/** What an index definition of the catalog asks the engine for. */
export function indexSpecOf(index: Pick<IndexRecord, 'type' | 'metric' | 'params'>): IndexSpec {
  const { type, metric, params } = index
  if (metric === undefined || !isIndexTypeName(type)) {
    throw new ElanusError('INDEX_NOT_SUPPORTED', `This version has no index of type ${type}`)
  }
  return { type, metric, params }
}

/** Indexes of scalars have no files: they are built with each segment that is loaded. */
export function isScalarIndex(index: Pick<IndexRecord, 'metric'>): boolean {
  return index.metric === undefined
}

function isIndexTypeName(name: string): name is IndexTypeName {
  return indexTypeNames.some((known) => known === name)
}
