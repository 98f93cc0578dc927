import { ElanusError } from '../base/errors.ts'
import { type BatchHits, hitsOf, type Index } from '../library/contract.ts'
import { describeSavedIndex } from '../library/describe-saved-index.ts'
import { openIndex } from '../library/open-index.ts'
import { readVectors } from '../library/vector-files/read-vectors.ts'
import type { VectorArray, VectorFile } from '../library/vector-source.ts'
import { parseCommand, parseCount, parseParams } from './arguments.ts'
import type { Console } from './console.ts'
import { describeCount, describeRate, describeSeconds } from './describe.ts'

export const queryUsage = `Usage: elanus query <index> --vectors <queries> [options]

  <index>               a file that elanus index has written
  --vectors <queries>   a file of queries, as elanus index takes them
  --topk <n>            hits of each query                    (10)
  --params <k=v,...>    search parameters: ef=64, nprobe=16
  --base <vectors>      the vectors, for an index that was saved without them
  --column <name>       the column of Arrow files             (the first of lists)
  --limit <n>           queries that the table shows          (10; --json prints all)
  --threads <n>         worker threads                        (one for each core)
  --json                print JSON, one line a query: { query, ids, distances }`

const options = {
  vectors: { type: 'string' },
  topk: { type: 'string' },
  params: { type: 'string', multiple: true },
  base: { type: 'string' },
  column: { type: 'string' },
  limit: { type: 'string' },
  threads: { type: 'string' },
  json: { type: 'boolean' },
} as const

const limitDefault = 10
const topkDefault = 10

/** \`elanus query\`: searches a saved index for the vectors of a file, and prints what it finds. */
export async function runQuery(args: readonly string[], output: Console): Promise<void> {
  const { values, path, invalid } = parseCommand('query', args, options, queryUsage)
  const count = (name: 'topk' | 'limit' | 'threads'): number | undefined => {
    const text = values[name]
    return text === undefined ? undefined : parseCount(`--${name}`, text, invalid)
  }
  const { column, base } = values
  if (values.vectors === undefined) throw invalid('say what to look for: --vectors <queries>')
  const topk = count('topk') ?? topkDefault
  const limit = count('limit') ?? limitDefault
  const threads = count('threads')
  const params = parseParams(values.params ?? [], invalid)
  const given = await givenVectors(path, base, column)
  await using index = await openIndex(path, { threads, column, vectors: given })
  const { dimension } = index
  const queries = await readVectors(values.vectors, { dimension, column })
  const startedMs = performance.now()
  let queryCount = 0
  for await (const batch of batchesFor(index, queries)) {
    const hits = await index.searchBatch(batch, { topk, params })
    if (values.json === true) output.say(jsonLines(hits, queryCount))
    else if (queryCount < limit) output.say(table(hits, queryCount, limit))
    queryCount += hits.queryCount
  }
  const seconds = (performance.now() - startedMs) / 1000
  const rate = describeRate(queryCount / seconds, 'queries')
  output.note(`${describeCount(queryCount)} queries in ${describeSeconds(seconds)}, ${rate}`)
}

async function givenVectors(
  path: string,
  base: string | undefined,
  column: string | undefined,
): Promise<VectorFile | undefined> {
  if (base === undefined) return undefined
  // A flat file does not say its dimension, but the index does.
  const { dimension } = await describeSavedIndex(path)
  return readVectors(base, { dimension, column })
}

async function* batchesFor(index: Index, queries: VectorFile): AsyncGenerator<VectorArray> {
  if (queries.dimension !== index.dimension) {
    const message = `Cannot search for vectors of ${queries.dimension} elements: the index has ${index.dimension}`
    throw new ElanusError('INVALID_ARGUMENT', message)
  }
  for await (const batch of queries) if (batch.length > 0) yield batch
}

function jsonLines(hits: BatchHits, first: number): string {
  const lines = Array.from({ length: hits.queryCount }, (_, query) => {
    const { ids, distances } = hitsOf(hits, query)
    const line = { query: first + query, ids: Array.from(ids), distances: Array.from(distances) }
    return JSON.stringify(line)
  })
  return lines.join('\n')
}

function table(hits: BatchHits, first: number, limit: number): string {
  const shown = Math.min(hits.queryCount, limit - first)
  const blocks = Array.from({ length: shown }, (_, query) => {
    const { ids, distances } = hitsOf(hits, query)
    const rows = Array.from(ids, (id, rank) => [
      `${rank + 1}`,
      `${id}`,
      (distances[rank] ?? 0).toPrecision(7),
    ])
    return [`query ${first + query}`, ...aligned([['rank', 'id', 'distance'], ...rows])].join('\n')
  })
  const left = hits.queryCount - shown
  const more = left > 0 ? [`… and ${describeCount(left)} more queries (--limit, --json)`] : []
  return [...blocks, ...more].join('\n\n')
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map(
    (row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}`,
  )
}
