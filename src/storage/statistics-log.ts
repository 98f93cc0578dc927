import { assert, present } from '../base/assert.ts'
import { int64Max, int64Min } from '../base/int64.ts'
import type { PrimaryKeyTypeName } from '../schema/data-type.ts'
import type { Column, PrimaryKeys } from '../schema/row-batch.ts'
import type { BinlogFacts } from './binlog-facts.ts'
import { decodeBinlog, encodeBinlog } from './binlog-file.ts'
import { type BinlogColumn, corruptBinlog } from './binlog-header.ts'
import { type BinlogPlace, statisticsLogPath } from './binlog-paths.ts'
import { BloomFilter } from './bloom-filter.ts'
import type { ObjectStore } from './object-store.ts'

/**
 * What is known of a segment's primary keys without reading them: the least, the greatest, and a
 * Bloom filter. With it, a delete is kept away from segments that cannot hold its key.
 */
export interface KeyStatistics {
  /** Decimal for Int64, the value itself for VarChar, which is compared by its UTF-8 bytes. */
  readonly least: string
  readonly greatest: string
  readonly filter: BloomFilter
}

const filterColumn: BinlogColumn = { name: 'BloomFilter', type: 'Int32' }

export interface StatisticsLog extends BinlogPlace {
  readonly rowCount: number
  readonly timestampFrom: BinlogFacts['timestampFrom']
  readonly timestampTo: BinlogFacts['timestampTo']
}

export async function writeStatisticsLog(
  store: ObjectStore,
  log: StatisticsLog,
  statistics: KeyStatistics,
): Promise<BinlogFacts> {
  const { least, greatest, filter } = statistics
  const extra = { least, greatest, filter_words: String(filter.words.length) }
  const header = { ...log, kind: 'stats', columns: [filterColumn], extra } as const
  const batch: Column = { type: 'Int32', values: filter.words }
  const path = statisticsLogPath(log)
  const facts = await store.put(path, encodeBinlog(header, [[batch]]))
  return { ...log, kind: 'stats', path, ...facts }
}

export async function readStatisticsLog(
  store: ObjectStore,
  facts: BinlogFacts,
): Promise<KeyStatistics> {
  const chunks = store.stream(facts.path, facts)
  let statistics: KeyStatistics | undefined
  for await (const { extra, columns } of decodeBinlog(chunks, facts, [filterColumn])) {
    const words = present(columns[0], 'a batch has the columns that were asked for')
    assert(words.type === 'Int32', 'a column is of the type that was asked for')
    const { least, greatest } = extra
    const isWhole = String(words.values.length) === extra['filter_words']
    const isUsable = BloomFilter.fits(words.values)
    if (least === undefined || greatest === undefined || !isWhole || !isUsable) {
      throw corruptBinlog(facts.path, 'it lacks a bound or a part of its filter')
    }
    statistics = { least, greatest, filter: new BloomFilter(words.values) }
  }
  if (statistics === undefined) throw corruptBinlog(facts.path, 'it is empty')
  return statistics
}

/** Of each key, whether a segment with these statistics may hold it; false is certain. */
export function mayHold(statistics: KeyStatistics, primaryKeys: PrimaryKeys): boolean[] {
  const inFilter = statistics.filter.mayHold(primaryKeys)
  if (primaryKeys.type === 'Int64') {
    const least = BigInt(statistics.least)
    const greatest = BigInt(statistics.greatest)
    return inFilter.map((isIn, index) => {
      const key = primaryKeys.values[index] ?? 0n
      return isIn && key >= least && key <= greatest
    })
  }
  const least = Buffer.from(statistics.least)
  const greatest = Buffer.from(statistics.greatest)
  return inFilter.map((isIn, index) => {
    const key = Buffer.from(primaryKeys.values[index] ?? '')
    return isIn && Buffer.compare(key, least) >= 0 && Buffer.compare(key, greatest) <= 0
  })
}

/** Gathers the statistics of keys that come as pieces of a column, of `rowCount` rows in all. */
export class KeyStatisticsBuilder {
  readonly #type: PrimaryKeyTypeName
  readonly #filter: BloomFilter
  #least = int64Max
  #greatest = int64Min
  #leastBytes: Buffer | undefined
  #greatestBytes: Buffer | undefined

  constructor(type: PrimaryKeyTypeName, rowCount: number) {
    this.#type = type
    this.#filter = BloomFilter.sizeFor(rowCount)
  }

  add(column: Column): void {
    assert(column.type === this.#type, 'keys are of one type')
    this.#filter.addColumn(column)
    if (column.type === 'Int64') this.#addLongs(column.values)
    else if (column.type === 'VarChar') this.#addStrings(column.offsets, column.bytes)
  }

  finish(): KeyStatistics {
    if (this.#type === 'Int64') {
      const least = String(this.#least)
      return { least, greatest: String(this.#greatest), filter: this.#filter }
    }
    const least = present(this.#leastBytes, 'there is a key').toString('utf8')
    const greatest = present(this.#greatestBytes, 'there is a key').toString('utf8')
    return { least, greatest, filter: this.#filter }
  }

  #addLongs(values: BigInt64Array): void {
    for (const value of values) {
      if (value < this.#least) this.#least = value
      if (value > this.#greatest) this.#greatest = value
    }
  }

  #addStrings(offsets: Uint32Array, bytes: Uint8Array): void {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let row = 0; row + 1 < offsets.length; row++) {
      const key = all.subarray(offsets[row], offsets[row + 1])
      if (this.#leastBytes === undefined || key.compare(this.#leastBytes) < 0) {
        this.#leastBytes = key
      }
      if (this.#greatestBytes === undefined || key.compare(this.#greatestBytes) > 0) {
        this.#greatestBytes = key
      }
    }
  }
}
