/**
 * The index types, by family: each family's file (`flat-types.ts`, `ivf-types.ts`, `graph-types.ts`) says what its
 * types take and how they are made, and `index-types.ts` puts the families together.
 */
export const flatTypeNames = ['FLAT', 'BIN_FLAT'] as const

export const graphTypeNames = ['HNSW', 'HNSW_SQ', 'DISKANN', 'AUTOINDEX'] as const

export const ivfTypeNames = [
  'IVF_FLAT',
  'IVF_SQ8',
  'IVF_PQ',
  'IVF_RABITQ',
  'SCANN',
  'BIN_IVF_FLAT',
] as const

/** What is asked for by a graphics card's name is built for processors. */
export const processorTypes: Readonly<Record<string, IndexTypeName>> = {
  GPU_BRUTE_FORCE: 'FLAT',
  GPU_IVF_FLAT: 'IVF_FLAT',
  GPU_IVF_PQ: 'IVF_PQ',
  GPU_CAGRA: 'HNSW',
}

export const indexTypeNames = [...flatTypeNames, ...ivfTypeNames, ...graphTypeNames] as const

export type FlatTypeName = (typeof flatTypeNames)[number]
export type IvfTypeName = (typeof ivfTypeNames)[number]
export type GraphTypeName = (typeof graphTypeNames)[number]
export type IndexTypeName = (typeof indexTypeNames)[number]
