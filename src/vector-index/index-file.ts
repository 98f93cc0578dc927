import type { IndexFileFormat, IndexFileHeader } from './index-file-format.ts'
import { readIndexFile, writeIndexFile } from './index-file-format.ts'

export { corrupt } from './index-file-format.ts'

/**
 * A graph as it goes to a file: without its rows, and without what follows from the seed.
 *
 *     0        8         12 ...                                            60
 *     | magic | version | engine metric dimension rowCount linksMax          |
 *     |       |         | efConstruction seed upperListCount                 |
 *     |       |         | entryPoint walkSpace codeScale                     |
 *     60
 *     | base links: rowCount × 2 × linksMax rows | upper links | code offsets: float32 |
 *     | crc32 of all before |
 *
 * Codes are not stored: they follow from the rows and the codebook. A list that is not full ends
 * with 0xFFFFFFFF.
 */
export const graphFileVersion = 1

/** What only the file knows. */
export const ownFacts = ['entryPoint', 'walkSpace', 'codeScale'] as const

const headerNames = [
  'engine',
  'metric',
  'dimension',
  'rowCount',
  'linksMax',
  'efConstruction',
  'seed',
  'upperListCount',
  ...ownFacts,
] as const

const graphFile: IndexFileFormat<typeof headerNames> = {
  version: graphFileVersion,
  names: headerNames,
  ownFacts,
}

export type GraphFileHeader = IndexFileHeader<typeof headerNames>

/** The file in chunks; `sections` are views that are copied from. */
export function writeGraphFile(
  header: GraphFileHeader,
  sections: readonly Uint8Array[],
): Generator<Uint8Array> {
  return writeIndexFile(graphFile, header, sections)
}

/**
 * Reads a file whose header must be `expected` but for its own facts, into sections of exactly
 * their sizes. Throws CORRUPT for whatever is not as it was written.
 */
export function readGraphFile(
  chunks: Iterable<Uint8Array>,
  expected: GraphFileHeader,
  sections: readonly Uint8Array[],
): GraphFileHeader {
  return readIndexFile(graphFile, chunks, { header: expected, sections: () => sections })
}
