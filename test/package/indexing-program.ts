// A user's program: it builds an index with threads, saves it, opens it again, and prints what both
// find. The test puts the package's name in the place of this checkout's path, compiles it against
// the types that the package brings, and runs it.
import type { Index } from '../../src/index.ts'
import { buildIndex, ElanusError, hitsOf, openIndex, rowBits } from '../../src/index.ts'

const dimension = 2
const rowCount = 3_000
/** Vector i is at (0, i). */
const vectors = new Float32Array(rowCount * dimension).map((_, at) => (at % 2 === 0 ? 0 : at >> 1))

const path = process.argv[2] ?? 'an.idx'
await using built = await buildIndex(vectors, {
  dimension,
  type: 'HNSW',
  metric: 'L2',
  params: { M: 8, efConstruction: 64 },
  threads: 2,
})
await built.save(path)
await using opened = await openIndex(path, { threads: 2 })
const refused = await openIndex('no such file').catch((error: unknown) =>
  error instanceof ElanusError ? error.code : 'another error',
)
console.log(
  JSON.stringify({
    node: process.version,
    built: await nearest(built),
    opened: await nearest(opened),
    refused,
  }),
)

async function nearest(index: Index): Promise<readonly number[]> {
  const query = Float32Array.of(0, 41.2)
  const excluded = rowBits(index.rowCount, (id) => id === 41)
  const single = index.search(query, { topk: 2, excluded })
  const batch = await index.searchBatch(query, { topk: 2 })
  return [...single.ids, ...hitsOf(batch, 0).ids]
}

// If what is imported had no types, then the next line would not be wrong.
// @ts-expect-error -- vectors are needed
export const building = (): Promise<Index> => buildIndex()
