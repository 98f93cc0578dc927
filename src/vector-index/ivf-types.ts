import type { IndexSpec } from './contract.ts'
import type { IndexType, RowsShape } from './index-type.ts'
import { numberElementTypes } from './index-type.ts'
import type { IvfTypeName } from './index-type-names.ts'
import { type CandidateCount, IvfIndex } from './ivf-index.ts'
import { type IvfCode, ivfParametersOf, ivfSizeBytes, placeIvf } from './ivf-memory.ts'
import type { Parameter } from './parameters.ts'
import { seedParameter } from './parameters.ts'
import { threadScratch } from './scratch.ts'

const nlist: Parameter = { kind: 'integer', name: 'nlist', min: 1, max: 65_536, default: 128 }
const nprobe: Parameter = { kind: 'integer', name: 'nprobe', min: 1, max: 65_536, default: 8 }

/** What tells the types of inverted lists apart. */
interface IvfVariant extends Pick<IndexType, 'elementTypes' | 'checkBuild'> {
  readonly buildParameters?: readonly Parameter[]
  readonly searchParameters?: readonly Parameter[]
  readonly completeSearch?: IndexType['completeSearch']
  code(spec: IndexSpec, dimension: number): IvfCode
  readonly candidateCount: CandidateCount
}

function ivfType(variant: IvfVariant): IndexType {
  const { buildParameters = [], searchParameters = [], checkBuild, elementTypes } = variant
  const parametersOf = (spec: IndexSpec, shape: RowsShape, rowsAddress: number) =>
    ivfParametersOf(spec, shape, variant.code(spec, shape.dimension), rowsAddress)
  return {
    elementTypes,
    ...(checkBuild === undefined ? {} : { checkBuild }),
    buildParameters: [nlist, ...buildParameters, seedParameter],
    searchParameters: [nprobe, ...searchParameters],
    completeSearch(given, topk, spec) {
      const params = { nprobe: nprobe.default, ...given }
      return variant.completeSearch?.(params, topk, spec) ?? params
    },
    sizeBytes: (spec, shape) => ivfSizeBytes(threadScratch(), parametersOf(spec, shape, 0)),
    place(store, spec, address) {
      const { attachment, dimension, elementType, rowCount, rowsAddress } = store
      const shape = { elementType, dimension, rowCount, slotCount: attachment.layout.slotCount }
      placeIvf(attachment, parametersOf(spec, shape, rowsAddress), address)
    },
    open: (store, handle) => new IvfIndex(store, handle, variant.candidateCount),
  }
}

const rowsThemselves = {
  code: () => ({ encoding: 'none', partCount: 0, partBits: 0 }),
  candidateCount: (topk) => topk,
} as const satisfies Partial<IvfVariant>

export const ivfTypes: Readonly<Record<IvfTypeName, IndexType>> = {
  IVF_FLAT: ivfType({ ...rowsThemselves, elementTypes: numberElementTypes }),
  BIN_IVF_FLAT: ivfType({ ...rowsThemselves, elementTypes: ['binary'] }),
}
