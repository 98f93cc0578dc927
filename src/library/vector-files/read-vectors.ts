import { ElanusError } from '../../base/errors.ts'
import type { VectorFile } from '../vector-source.ts'
import { openArrowFile } from './arrow-file.ts'
import { openFlatFile } from './flat-file.ts'
import { openNpyFile } from './npy-file.ts'
import { openVecsFile } from './vecs-file.ts'

/** What vectors may be read from, by the ending of the file's name. */
export const vectorFileFormats = [
  'f32',
  'f16',
  'bf16',
  'i8',
  'u8',
  'bits',
  'npy',
  'fvecs',
  'bvecs',
  'arrow',
] as const

export type VectorFileFormat = (typeof vectorFileFormats)[number]

export interface ReadVectorsOptions {
  /** Elements of a vector, where the file does not say: those of nothing but numbers. */
  readonly dimension?: number | undefined
  /** The column of an Arrow file: the first of lists, unless given. */
  readonly column?: string | undefined
  /** As the file's name ends, unless given. */
  readonly format?: VectorFileFormat | undefined
}

/**
 * Opens a file of vectors, which is then read batch after batch, and may be read again. Rejects with
 * FILE_NOT_FOUND, IO_FAILED, and INVALID_ARGUMENT for what is no such file.
 *
 *     const index = await buildIndex(await readVectors('base.fvecs'), { metric: 'L2' })
 */
export function readVectors(path: string, options: ReadVectorsOptions = {}): Promise<VectorFile> {
  const { dimension, column } = options
  const format = options.format ?? formatOf(path)
  switch (format) {
    case 'npy':
      return openNpyFile(path)
    case 'fvecs':
      return openVecsFile(path, 'f32')
    case 'bvecs':
      return openVecsFile(path, 'u8')
    case 'arrow':
      return openArrowFile(path, column)
    case 'f32':
    case 'f16':
    case 'bf16':
    case 'i8':
    case 'u8':
    case 'bits':
      return openFlatFile(path, format, dimension)
  }
}

function formatOf(path: string): VectorFileFormat {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  const found = vectorFileFormats.find((known) => known === ending)
  if (found !== undefined) return found
  const known = vectorFileFormats.map((format) => `.${format}`).join(', ')
  const message = `Cannot read vectors from ${path}: its name ends in none of ${known}`
  throw new ElanusError('INVALID_ARGUMENT', message)
}
