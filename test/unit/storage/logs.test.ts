import { describe, expect, it } from 'vitest'
import type { BuildId, FieldId, LogId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { mib } from '../../../src/base/units.ts'
import {
  deleteLogPath,
  indexFilePath,
  insertLogPath,
  statisticsLogPath,
} from '../../../src/storage/binlog-paths.ts'
import { readDeleteLog, writeDeleteLog } from '../../../src/storage/delete-log.ts'
import { readIndexFiles, writeIndexFiles } from '../../../src/storage/index-file.ts'
import { readInsertLog, writeInsertLog } from '../../../src/storage/insert-log.ts'
import { LocalObjectStore } from '../../../src/storage/local-object-store.ts'
import { columnOfKeys } from '../../../src/storage/primary-key-column.ts'
import {
  KeyStatisticsBuilder,
  mayHold,
  readStatisticsLog,
  writeStatisticsLog,
} from '../../../src/storage/statistics-log.ts'
import { seedOfRun } from '../../support/seeds.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { at, collectionId, keysOf, partitionId, segmentId } from '../segment/sample.ts'

const place = {
  collectionId,
  partitionId,
  segmentId,
  fieldId: toId<FieldId>(100n),
  logId: toId<LogId>(77n),
}

const openStore = () => LocalObjectStore.open('/o', new SimulatedDisk({ random: seededRandom(1) }))

describe('object names', () => {
  it('are made of ids as Milvus lays them out', () => {
    const segment = '9007199254740993/9007199254740995/9007199254740997'
    expect(insertLogPath(place)).toBe(`insert_log/${segment}/100/77`)
    expect(statisticsLogPath(place)).toBe(`stats_log/${segment}/100/77`)
    expect(deleteLogPath({ ...place, shardIndex: 3 })).toBe('delta_log/9007199254740993/3/77')
    const build = { ...place, buildId: toId<BuildId>(5n), version: 2, key: '0' }
    expect(indexFilePath(build)).toBe('index_files/5/2/9007199254740995/9007199254740997/0')
  })
})

describe('an insert log', () => {
  it('is written and read a piece at a time', async () => {
    const store = await openStore()
    const column = { name: 'a', type: 'Int64' } as const
    const pieces = [1n, 2n, 3n].map((value) => ({
      type: 'Int64' as const,
      values: BigInt64Array.of(value, value),
    }))
    const log = { ...place, column, rowCount: 6, timestampFrom: at(1), timestampTo: at(9) }
    const facts = await writeInsertLog(store, log, pieces)
    expect(facts).toMatchObject({ kind: 'insert', rowCount: 6, path: insertLogPath(place) })
    const found = await Array.fromAsync(readInsertLog(store, facts, column))
    expect(found).toEqual(pieces)
  })
})

describe('a damaged log', () => {
  it('is CORRUPT, wherever the damage is, and gives out nothing', async () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const disk = new SimulatedDisk({ random })
    const store = await LocalObjectStore.open('/o', disk)
    const column = { name: 'a', type: 'Int64' } as const
    const pieces = [{ type: 'Int64' as const, values: BigInt64Array.of(1n, 2n, 3n) }]
    const log = { ...place, column, rowCount: 3, timestampFrom: at(1), timestampTo: at(9) }
    const facts = await writeInsertLog(store, log, pieces)
    const whole = disk.peek(`/o/${facts.path}`).slice()
    for (let round = 0; round < 500; round++) {
      const isCut = random.below(4) === 0
      const damaged = isCut ? whole.slice(0, random.below(whole.length)) : whole.slice()
      const at = random.below(damaged.length + 1)
      if (!isCut)
        damaged[at % whole.length] = (damaged[at % whole.length] ?? 0) ^ (1 << random.below(8))
      disk.plant(`/o/${facts.path}`, damaged)
      const pieces: unknown[] = []
      const reading = (async () => {
        for await (const piece of readInsertLog(store, facts, column)) pieces.push(piece)
      })()
      await expect(reading, `seed ${seed}`).rejects.toMatchObject({ code: 'CORRUPT' })
      expect(pieces, `seed ${seed}`).toEqual([])
    }
  })
})

describe('a delete log', () => {
  for (const type of ['Int64', 'VarChar'] as const) {
    it(`keeps ${type} keys with their timestamps`, async () => {
      const store = await openStore()
      const primaryKeys = keysOf(type, [5, 3, 5, 1])
      const timestamps = BigInt64Array.of(10n, 10n, 12n, 9_223_372_036_854_775_807n)
      const log = { ...place, shardIndex: 0, primaryKeys, timestamps }
      const facts = await writeDeleteLog(store, log)
      expect(facts).toMatchObject({
        kind: 'delete',
        segmentId: 0n,
        rowCount: 4,
        timestampFrom: 10n,
      })
      expect(await Array.fromAsync(readDeleteLog(store, facts, type))).toEqual([
        { primaryKeys, timestamps },
      ])
      const other = type === 'Int64' ? 'VarChar' : 'Int64'
      const reading = Array.fromAsync(readDeleteLog(store, facts, other))
      await expect(reading).rejects.toMatchObject({ code: 'CORRUPT' })
    })
  }
})

describe('a statistics log', () => {
  for (const type of ['Int64', 'VarChar'] as const) {
    it(`knows every ${type} key that it was made of, and few others`, async () => {
      const store = await openStore()
      const numbers = Array.from({ length: 20_000 }, (_, index) => index * 3)
      const builder = new KeyStatisticsBuilder(type, numbers.length)
      for (let from = 0; from < numbers.length; from += 7000) {
        builder.add(columnOfKeys(keysOf(type, numbers.slice(from, from + 7000))))
      }
      const log = { ...place, rowCount: numbers.length, timestampFrom: at(1), timestampTo: at(2) }
      const facts = await writeStatisticsLog(store, log, builder.finish())
      const statistics = await readStatisticsLog(store, facts)
      expect(mayHold(statistics, keysOf(type, numbers)).every(Boolean)).toBe(true)
      const others = numbers.map((number) => number + 1)
      const wrongCount = mayHold(statistics, keysOf(type, others)).filter(Boolean).length
      expect(wrongCount / others.length).toBeLessThan(0.01)
      expect(mayHold(statistics, keysOf(type, [1e12]))).toEqual([false])
    })
  }

  it('bounds VarChar keys by their bytes', () => {
    const builder = new KeyStatisticsBuilder('VarChar', 3)
    builder.add(columnOfKeys({ type: 'VarChar', values: ['b', 'ab', '\uffff'] }))
    const { least, greatest } = builder.finish()
    expect([least, greatest]).toEqual(['ab', '\uffff'])
  })
})

describe('index files', () => {
  it('give back the chunks as one run of bytes, whatever they were cut into', async () => {
    const store = await openStore()
    const build = { ...place, buildId: toId<BuildId>(5n), version: 1 }
    const chunks = [30, 30, 30, 70, 1].map((size, index) => new Uint8Array(size * mib).fill(index))
    const files = await writeIndexFiles(store, build, chunks)
    expect(files.map(({ sizeBytes }) => sizeBytes / mib)).toEqual([60, 30, 70, 1])
    const found = Buffer.concat([...(await readIndexFiles(store, files))])
    expect(Buffer.compare(found, Buffer.concat(chunks))).toBe(0)
  })

  it('are none for an index that has no bytes', async () => {
    const build = { ...place, buildId: toId<BuildId>(6n), version: 1 }
    expect(await writeIndexFiles(await openStore(), build, [])).toEqual([])
  })
})
