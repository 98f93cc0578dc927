import { ElanusError } from '../../base/errors.ts'
import { readArrowFile } from '../../storage/arrow-file.ts'
import { readArrowBatch } from '../arrow-batch.ts'
import type { VectorFile } from '../vector-source.ts'
import { unreadable } from './file-chunks.ts'

/** An Arrow IPC file or stream; the vectors are one column of lists. */
export async function openArrowFile(path: string, column: string | undefined): Promise<VectorFile> {
  for await (const batch of batchesOf(path)) {
    const { dimension, elementType } = readArrowBatch(batch, column)
    return {
      path,
      dimension,
      elementType,
      rowCount: undefined,
      async *[Symbol.asyncIterator]() {
        for await (const next of batchesOf(path)) {
          const found = readArrowBatch(next, column)
          if (found.dimension !== dimension) {
            throw unreadable(path, `it has vectors of ${dimension} and ${found.dimension} elements`)
          }
          yield* found.arrays
        }
      },
    }
  }
  throw unreadable(path, 'it has no record batch')
}

async function* batchesOf(path: string): AsyncGenerator<Parameters<typeof readArrowBatch>[0]> {
  try {
    yield* readArrowFile(path)
  } catch (error) {
    if (error instanceof ElanusError) throw error
    throw unreadable(path, error instanceof Error ? error.message : String(error), error)
  }
}
