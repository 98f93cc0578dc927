import type { IndexFileFormat, IndexFileHeader } from './index-file-format.ts'

/**
 * Inverted lists as they go to a file, without their rows:
 *
 *     | magic | version | engine metric elementType dimension rowCount listCount |
 *     |       |         | encoding partCount partBits seed blockCount            |
 *     | centroids: float32 | list starts | list rows | mean: float32             |
 *     | codebook: float32 | codes | row terms: float32 | row factors: float32    |
 *     | crc32 of all before |
 *
 * What an encoding has none of is empty. A code is a row's, or that of a block of 32 rows where they
 * are looked up in registers; each list's blocks are its own, the last filled up with zeros.
 */
export const ivfFileVersion = 1

const names = [
  'engine',
  'metric',
  'elementType',
  'dimension',
  'rowCount',
  'listCount',
  'encoding',
  'partCount',
  'partBits',
  'seed',
  'blockCount',
] as const

export const ivfFile: IndexFileFormat<typeof names> = {
  version: ivfFileVersion,
  names,
  ownFacts: ['blockCount'],
}

export type IvfFileHeader = IndexFileHeader<typeof names>
