import { mib } from '../base/units.ts'
import { type IndexFilePlace, indexFilePath } from './binlog-paths.ts'
import type { ObjectFacts, ObjectStore } from './object-store.ts'

/** One object of a built index, as meta keeps it. */
export interface IndexFileFacts extends ObjectFacts {
  readonly path: string
}

/**
 * A built index is a run of bytes that its own layer reads and writes; it is cut into objects of
 * this size, numbered from zero, so that one can be read again without the others.
 */
const indexFileSizeBytesMax = 64 * mib

/** Writes the chunks, one after another, to as many objects as they need; none for no bytes. */
export async function writeIndexFiles(
  store: ObjectStore,
  place: Omit<IndexFilePlace, 'key'>,
  chunks: Iterable<Uint8Array>,
): Promise<readonly IndexFileFacts[]> {
  const rest = chunks[Symbol.iterator]()
  const files: IndexFileFacts[] = []
  let next = rest.next()
  while (next.done !== true) {
    const first = next.value
    const path = indexFilePath({ ...place, key: String(files.length) })
    const facts = await store.put(
      path,
      fileful(first, () => (next = rest.next())),
    )
    files.push({ path, ...facts })
  }
  return files
}

/** The chunks that go to one object. A chunk is never cut. */
function* fileful(
  first: Uint8Array,
  advance: () => IteratorResult<Uint8Array>,
): Iterable<Uint8Array> {
  let sizeBytes = first.length
  yield first
  for (let next = advance(); next.done !== true; next = advance()) {
    sizeBytes += next.value.length
    if (sizeBytes > indexFileSizeBytesMax) return
    yield next.value
  }
}

/** The chunks of all objects in their order. OBJECT_NOT_FOUND, or CORRUPT if one does not match. */
export async function readIndexFiles(
  store: ObjectStore,
  files: readonly IndexFileFacts[],
): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for (const file of files) {
    for await (const chunk of store.stream(file.path, file)) chunks.push(chunk)
  }
  return chunks
}
