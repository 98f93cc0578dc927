import { ElanusError } from '../base/errors.ts'
import type { IndexSpec } from './contract.ts'
import type { IndexType, RowsShape } from './index-type.ts'
import { numberElementTypes } from './index-type.ts'
import type { IvfTypeName } from './index-type-names.ts'
import { type CandidateCount, IvfIndex } from './ivf-index.ts'
import { type IvfCode, ivfParametersOf, ivfSizeBytes, placeIvf } from './ivf-memory.ts'
import type { Parameter } from './parameters.ts'
import { int32Max, seedParameter } from './parameters.ts'
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

/** A byte an element tells nearly all rows apart. */
const scalar: IvfVariant = {
  elementTypes: numberElementTypes,
  code: () => ({ encoding: 'scalar', partCount: 0, partBits: 0 }),
  candidateCount: (topk) => topk + Math.ceil(topk / 2),
}

/** Codes of more bits would need tables that no cache holds. */
const partBitsMax = 8

const product: IvfVariant = {
  elementTypes: numberElementTypes,
  buildParameters: [
    { kind: 'integer', name: 'm', min: 1, max: 65_536, default: 32 },
    { kind: 'integer', name: 'nbits', min: 1, max: 24, default: 8 },
  ],
  checkBuild({ m = 1, nbits = 8 }, { dimension }) {
    if (dimension !== undefined && dimension % m !== 0) {
      throw invalid(
        `dimension must be able to be divided by \`m\`, dimension: ${dimension}, m: ${m}`,
      )
    }
    if (nbits > partBitsMax) {
      throw invalid(`Cannot build IVF_PQ with nbits ${nbits}: the most is ${partBitsMax}`)
    }
  },
  code({ params }, dimension) {
    const { m: partCount = 1, nbits: partBits = partBitsMax } = params
    assertDivides(partCount, dimension)
    return { encoding: 'product', partCount, partBits }
  },
  candidateCount: (topk) => Math.max(productCandidatesPerHit * topk, candidatesMin),
}

/** Where a request came without a dimension to check against. */
function assertDivides(partCount: number, dimension: number): void {
  product.checkBuild?.({ m: partCount }, { elementType: 'float32', dimension })
}

const productCandidatesPerHit = 8
const candidatesMin = 64

/** Elements of a part of SCANN's codes. */
const fastPartDimension = 4
const fastPartBits = 4

const scann: IvfVariant = {
  elementTypes: numberElementTypes,
  buildParameters: [{ kind: 'switch', name: 'with_raw_data', default: 1 }],
  searchParameters: [{ kind: 'integer', name: 'reorder_k', min: 1, max: int32Max, default: 1 }],
  completeSearch(given, topk, { params }) {
    const wanted = params['with_raw_data'] === 0 ? topk : scannCandidates(topk)
    const { reorder_k: reorderCount = wanted } = given
    if (reorderCount >= topk) return { ...given, reorder_k: reorderCount }
    throw invalid(`reorder_k(${reorderCount}) should be larger than k(${topk})`)
  },
  code: (_, dimension) => ({
    encoding: 'fastProduct',
    partCount: Math.ceil(dimension / fastPartDimension),
    partBits: fastPartBits,
  }),
  candidateCount: (topk, { reorder_k: reorderCount = topk }) => reorderCount,
}

function scannCandidates(topk: number): number {
  return Math.max(4 * topk, candidatesMin)
}

const refineTypes = ['SQ6', 'SQ8', 'BF16', 'FP16', 'FP32']

const bits: IvfVariant = {
  elementTypes: numberElementTypes,
  buildParameters: [
    { kind: 'switch', name: 'refine', default: 1 },
    { kind: 'choice', name: 'refine_type', choices: refineTypes, default: 4 },
  ],
  searchParameters: [
    { kind: 'integer', name: 'rbq_query_bits', min: 0, max: 8, default: 0 },
    { kind: 'number', name: 'refine_k', min: 1, max: int32Max, default: 1 },
  ],
  completeSearch(given, topk, { params }) {
    const wanted = Math.max(bitCandidatesPerHit * topk, candidatesMin) / topk
    const factor = params['refine'] === 0 ? 1 : (given['refine_k'] ?? wanted)
    return { rbq_query_bits: 0, ...given, refine_k: factor }
  },
  code: (_, dimension) => ({
    encoding: 'bits',
    partCount: Math.ceil(dimension / fastPartBits),
    partBits: fastPartBits,
  }),
  candidateCount: (topk, { refine_k: factor = 1 }) => Math.ceil(topk * factor),
}

const bitCandidatesPerHit = 8

function invalid(message: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', message)
}

export const ivfTypes: Readonly<Record<IvfTypeName, IndexType>> = {
  IVF_FLAT: ivfType({ ...rowsThemselves, elementTypes: numberElementTypes }),
  IVF_SQ8: ivfType(scalar),
  IVF_PQ: ivfType(product),
  IVF_RABITQ: ivfType(bits),
  SCANN: ivfType(scann),
  BIN_IVF_FLAT: ivfType({ ...rowsThemselves, elementTypes: ['binary'] }),
}
