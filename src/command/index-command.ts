import { statSync } from 'node:fs'
import { type BuildOptions, buildIndex } from '../library/build-index.ts'
import { parseElementType } from '../library/element-format.ts'
import { readVectors } from '../library/vector-files/read-vectors.ts'
import { parseCommand, parseCount, parseParams } from './arguments.ts'
import type { Console } from './console.ts'
import { describeCount, describeRate, describeSeconds, describeSize } from './describe.ts'
import { showProgress } from './progress.ts'

export const indexUsage = `Usage: elanus index <vectors> -o <file> [options]

  <vectors>            a file of vectors: .npy, .fvecs, .bvecs, .arrow, or of numbers alone, with
                       --dimension: .f32, .f16, .bf16, .i8, .u8, .bits
  -o, --output <file>  where the index goes
  --type <type>        FLAT, HNSW, ...                       (AUTOINDEX)
  --metric <metric>    L2, IP, COSINE, HAMMING, JACCARD      (COSINE, HAMMING of bits)
  --element <type>     what is stored: float32, float16, bfloat16, int8, binary (the file's own)
  --params <k=v,...>   build parameters: M=16,efConstruction=200; may be given several times
  --dimension <n>      elements of a vector, where the file does not say
  --column <name>      the column of an Arrow file           (the first of lists)
  --threads <n>        worker threads                        (one for each core)
  --vectors <where>    inside, or outside: the file leaves the vectors out and is opened with them
  --json               print the summary as JSON

Progress is shown on a terminal.`

const options = {
  output: { type: 'string', short: 'o' },
  type: { type: 'string' },
  metric: { type: 'string' },
  params: { type: 'string', multiple: true },
  dimension: { type: 'string' },
  element: { type: 'string' },
  column: { type: 'string' },
  threads: { type: 'string' },
  vectors: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** \`elanus index\`: vectors of a file in, an index out. Rejects as readVectors, buildIndex and save do. */
export async function runIndex(args: readonly string[], output: Console): Promise<void> {
  const { values, path, invalid } = parseCommand('index', args, options, indexUsage)
  const target = values.output
  if (target === undefined) throw invalid('say where the index goes: -o <file>')
  const { vectors: place = 'inside' } = values
  if (place !== 'inside' && place !== 'outside') throw invalid(`--vectors ${place} is no place`)
  const count = (name: 'dimension' | 'threads'): number | undefined => {
    const text = values[name]
    return text === undefined ? undefined : parseCount(`--${name}`, text, invalid)
  }
  const { type, metric, column, element } = values
  const params = parseParams(values.params ?? [], invalid)
  const elementType = element === undefined ? undefined : parseElementType(element)
  const threads = count('threads')
  const build: BuildOptions = { type, elementType, metric, params, threads, column }
  const file = await readVectors(path, { dimension: count('dimension'), column })
  using progress = showProgress(output)
  const interrupt = new AbortController()
  using _interrupting = output.onInterrupt(() => interrupt.abort())
  const { signal } = interrupt
  const startedMs = performance.now()
  await using index = await buildIndex(file, { ...build, signal, onProgress: progress.show })
  const builtMs = performance.now()
  progress.done()
  const { sizeBytes } = await index.save(target, { vectors: place, signal })
  const savedMs = performance.now()
  const { rowCount, dimension, indexBytes, threadCount } = index
  const facts = {
    file: target,
    type: index.type,
    metric: index.metric,
    params: index.params,
    rowCount,
    dimension,
    elementType: index.elementType,
    threadCount,
    buildSeconds: (builtMs - startedMs) / 1000,
    vectorsPerSecond: rowCount / ((builtMs - startedMs) / 1000),
    saveSeconds: (savedMs - builtMs) / 1000,
    indexBytesPerVector: rowCount === 0 ? 0 : indexBytes / rowCount,
    sizeBytes,
  }
  output.say(values.json === true ? JSON.stringify(facts) : summary(facts, statSync(path).size))
}

interface IndexFacts {
  readonly file: string
  readonly type: string
  readonly metric: string
  readonly params: Readonly<Record<string, unknown>>
  readonly rowCount: number
  readonly dimension: number
  readonly elementType: string
  readonly threadCount: number
  readonly buildSeconds: number
  readonly vectorsPerSecond: number
  readonly saveSeconds: number
  readonly indexBytesPerVector: number
  readonly sizeBytes: number
}

function summary(facts: IndexFacts, sourceBytes: number): string {
  const params = Object.entries(facts.params).map(([name, value]) => `${name} ${String(value)}`)
  const lines: readonly (readonly [string, string])[] = [
    ['vectors', `${describeCount(facts.rowCount)} × ${facts.dimension} ${facts.elementType}`],
    ['index', [facts.type, facts.metric, ...params].join(', ')],
    [
      'built in',
      `${describeSeconds(facts.buildSeconds)}, ${describeRate(facts.vectorsPerSecond, 'vectors')}, ${facts.threadCount} threads`,
    ],
    ['memory', `${Math.round(facts.indexBytesPerVector)} bytes a vector beside the vectors`],
    [
      'file',
      `${facts.file}, ${describeSize(facts.sizeBytes)} (the vectors are ${describeSize(sourceBytes)})`,
    ],
  ]
  return lines.map(([name, value]) => `${name.padEnd(9)} ${value}`).join('\n')
}
