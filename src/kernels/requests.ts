/**
 * The structures that calls take by address, word by word: the same names in the same order as the
 * C++ structures of the same names. A test compares their sizes.
 */
export const flatScanRequestWords = [
  'rows',
  'rowStride',
  'metric',
  'rowFrom',
  'rowTo',
  'excluded',
  'queries',
  'queryCount',
  'topk',
  'heaps',
  'heapSizes',
  'elementType',
] as const

export const graphParametersWords = [
  'rows',
  'rowCount',
  'rowStride',
  'metric',
  'linksMax',
  'efConstruction',
  'seed',
  'slotCount',
  'hasCodes',
] as const

export const graphWords = [
  ...graphParametersWords,
  'rowFactors',
  'codeOffsets',
  'codeScale',
  'codes',
  'baseLinks',
  'upperStarts',
  'upperLinks',
  'locks',
  'slots',
  'order',
  'buildState',
  'upperListCount',
  'rowBitsBytes',
  'sizeBytes',
  'state',
  'walkSpace',
  'entryPoint',
  'nextRow',
  'encodedRowCount',
  'buildClaims',
  'isLinked',
] as const

export const graphSearchRequestWords = [
  'graph',
  'query',
  'topk',
  'ef',
  'slot',
  'includedCount',
  'working',
  'resultRows',
  'resultDistances',
] as const

export const ivfParametersWords = [
  'rows',
  'rowCount',
  'rowStride',
  'elementType',
  'metric',
  'dimension',
  'listCount',
  'encoding',
  'partCount',
  'partBits',
  'seed',
  'slotCount',
] as const

export const ivfWords = [
  ...ivfParametersWords,
  'vectorStride',
  'columnCount',
  'partDimension',
  'partStride',
  'codeBytes',
  'centroids',
  'halfSquares',
  'listStarts',
  'listBlocks',
  'listRows',
  'mean',
  'codebook',
  'partSquares',
  'codes',
  'rowTerms',
  'rowFactors',
  'assignments',
  'sampleRows',
  'sampleOrder',
  'sampleStarts',
  'sums',
  'slots',
  'sampleCount',
  'rowBitsBytes',
  'slotBytes',
  'blockCountMax',
  'sizeBytes',
  'state',
  'phase',
  'iteration',
  'remaining',
  'pending',
  'epoch',
  'blockCount',
] as const

export const ivfSearchRequestWords = [
  'ivf',
  'query',
  'topk',
  'probeCount',
  'candidateCount',
  'slot',
  'includedCount',
  'space',
  'resultRows',
  'resultDistances',
  'queryBits',
] as const

export type Words<Names extends readonly string[]> = Readonly<Record<Names[number], number>>

/** Writes a structure into the words from `first` on. */
export function writeWords<Names extends readonly string[]>(
  target: Uint32Array,
  first: number,
  names: Names,
  values: Words<Names>,
): void {
  const byName: Readonly<Record<string, number>> = values
  let word = first
  for (const name of names) target[word++] = byName[name] ?? 0
}
