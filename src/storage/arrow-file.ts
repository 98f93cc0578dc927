import { open } from 'node:fs/promises'
import { RecordBatch, RecordBatchReader } from 'apache-arrow'
import { nodeFileSystem } from '../base/node-file-system.ts'

/**
 * The record batches of a caller's Arrow IPC file or stream, one after another. Throws FILE_NOT_FOUND,
 * and whatever Arrow's reader says of a file that is none.
 */
export async function* readArrowFile(path: string): AsyncGenerator<RecordBatch> {
  // Says in our words when there is no such file.
  await using _exists = await nodeFileSystem.open(path, 'read')
  await using handle = await open(path, 'r')
  const reader = await RecordBatchReader.from(handle)
  await reader.open()
  for await (const batch of reader) {
    // Arrow makes up an empty batch for a file that has none.
    if (batch instanceof RecordBatch && batch.numRows > 0) yield batch
  }
}
