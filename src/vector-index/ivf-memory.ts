import { ElanusError } from '../base/errors.ts'
import type { Attachment } from '../kernels/attachment.ts'
import type { Words } from '../kernels/requests.ts'
import { ivfParametersWords, writeWords } from '../kernels/requests.ts'
import type { IndexSpec } from './contract.ts'
import type { RowsShape } from './index-type.ts'
import { elementCodes, metricCodes } from './metric-code.ts'
import { rowStrideOf } from './vector-store.ts'

export type IvfParameters = Words<typeof ivfParametersWords>

/** How lists are looked through, as wasm/ivf/ivf.h numbers it. */
export const encodingCodes = { none: 0, scalar: 1, product: 2, fastProduct: 3, bits: 4 } as const

/** A code's make: parts of so many bits each. */
export interface IvfCode {
  readonly encoding: keyof typeof encodingCodes
  readonly partCount: number
  readonly partBits: number
}

/**
 * Fewer rows a list than this, and centroids are learned from too little: Milvus makes fewer lists
 * then, and so do we.
 */
const listRowsMin = 39

export function listCountOf(nlist: number, rowCount: number): number {
  return Math.max(1, Math.min(nlist, Math.floor(rowCount / listRowsMin)))
}

export function ivfParametersOf(
  spec: IndexSpec,
  shape: RowsShape,
  code: IvfCode,
  rowsAddress: number,
): IvfParameters {
  const { elementType, dimension, rowCount, slotCount } = shape
  return {
    rows: rowsAddress,
    rowCount,
    rowStride: rowStrideOf(dimension, elementType),
    elementType: elementCodes[elementType],
    metric: metricCodes[spec.metric],
    dimension,
    listCount: listCountOf(spec.params['nlist'] ?? 1, rowCount),
    encoding: encodingCodes[code.encoding],
    partCount: code.partCount,
    partBits: code.partBits,
    seed: spec.params['seed'] ?? 0,
    slotCount,
  }
}

/** Throws MEMORY_LIMIT_EXCEEDED for one that no memory could hold. */
export function ivfSizeBytes(attachment: Attachment, parameters: IvfParameters): number {
  stageParameters(attachment, parameters)
  const sizeBytes = attachment.exports.ivf_size_bytes(attachment.addresses.request)
  if (sizeBytes < 2 ** 32) return sizeBytes
  const message = `Cannot index ${parameters.rowCount} rows in ${parameters.listCount} lists: the index would be ${sizeBytes} bytes`
  throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message)
}

/** Writes an empty index's description at `address`, where `ivfSizeBytes` are free. */
export function placeIvf(attachment: Attachment, parameters: IvfParameters, address: number): void {
  stageParameters(attachment, parameters)
  attachment.exports.ivf_place(attachment.addresses.request, address)
}

function stageParameters(attachment: Attachment, parameters: IvfParameters): void {
  const { request, result } = attachment.addresses
  const first = request / Uint32Array.BYTES_PER_ELEMENT
  writeWords(attachment.words(result), first, ivfParametersWords, parameters)
}
