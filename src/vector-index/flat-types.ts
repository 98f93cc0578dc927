import { FlatIndex } from './flat-index.ts'
import type { IndexType } from './index-type.ts'
import { numberElementTypes } from './index-type.ts'
import type { FlatTypeName } from './index-type-names.ts'

/** The rows are the index: nothing to choose, nothing to allocate. */
const flat: Omit<IndexType, 'elementTypes'> = {
  buildParameters: [],
  searchParameters: [],
  completeSearch: (given) => given,
  sizeBytes: () => 0,
  place: () => undefined,
  open: (store, handle) => new FlatIndex(store, handle),
}

export const flatTypes: Readonly<Record<FlatTypeName, IndexType>> = {
  FLAT: { ...flat, elementTypes: numberElementTypes },
  BIN_FLAT: { ...flat, elementTypes: ['binary'] },
}
