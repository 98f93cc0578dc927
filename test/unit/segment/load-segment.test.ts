import { describe, expect, it } from 'vitest'
import type { BuildId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { PrimaryKeyTypeName } from '../../../src/schema/data-type.ts'
import { rowIdFieldId } from '../../../src/schema/system-fields.ts'
import { buildIndex } from '../../../src/segment/build-index.ts'
import type { GrowingSegment } from '../../../src/segment/growing-segment.ts'
import { loadSegment } from '../../../src/segment/load-segment.ts'
import type { BinlogFacts } from '../../../src/storage/binlog-facts.ts'
import { binlogColumnOf, readInsertLog } from '../../../src/storage/insert-log.ts'
import { createBuildControl } from '../../../src/vector-index/build-control.ts'
import { parseIndexSpec } from '../../../src/vector-index/index-types.ts'
import { seedOfRun } from '../../support/seeds.ts'
import {
  at,
  batchOf,
  dimension,
  growing,
  keysOf,
  partitionId,
  rowIdsOf,
  schemaOf,
  segmentId,
  vectorFieldId,
} from './sample.ts'
import { fieldIdsOf, loadRequestOf, Twins } from './twins.ts'

function filled(type: PrimaryKeyTypeName, rowCount: number, seed = 1): GrowingSegment {
  const schema = schemaOf(type)
  const segment = growing(schema)
  const random = seededRandom(seed)
  for (let from = 0; from < rowCount; from += 100) {
    const count = Math.min(100, rowCount - from)
    const keys = Array.from({ length: count }, (_, row) => from + row)
    const first = 9_007_199_254_740_993n + BigInt(from)
    segment.append(
      batchOf(schema, keysOf(type, keys), random),
      rowIdsOf(count, first),
      at(from + 1),
    )
  }
  return segment
}

describe('a flushed segment', () => {
  for (const type of ['Int64', 'VarChar'] satisfies PrimaryKeyTypeName[]) {
    it(`comes back to the bit in every column, with ${type} keys`, async () => {
      const seed = seedOfRun()
      const segment = filled(type, 1234, seed)
      const twins = await Twins.open()
      const loaded = await twins.load(segment, await twins.flush(segment), {})
      const offsets = Uint32Array.from({ length: 1234 }, (_, row) => row)
      for (const fieldId of fieldIdsOf(segment.schema)) {
        const expected = segment.readColumn(fieldId, offsets)
        expect(loaded.readColumn(fieldId, offsets), `seed ${seed}`).toEqual(expected)
      }
      expect(loaded.primaryKeys(offsets)).toEqual(segment.primaryKeys(offsets))
      for (const row of [0, 99, 100, 1233]) {
        expect(loaded.timestampOf(row)).toBe(segment.timestampOf(row))
      }
      const facts = ({ rowCount, sizeBytes, deletedCount }: GrowingSegment | typeof loaded) => ({
        rowCount,
        sizeBytes,
        deletedCount,
      })
      expect(facts(loaded).rowCount).toBe(facts(segment).rowCount)
      expect(loaded.memoryBytes).toBeGreaterThan(0)
    })
  }

  it('may be flushed in parts, of which rows keep their places', async () => {
    const segment = filled('Int64', 500)
    const twins = await Twins.open()
    const parts = [
      ...(await twins.flush(segment, 0, 130)),
      ...(await twins.flush(segment, 130, 131)),
      ...(await twins.flush(segment, 131, 500)),
    ]
    const loaded = await twins.load(segment, parts.toReversed(), {})
    const offsets = Uint32Array.from({ length: 500 }, (_, row) => row)
    for (const fieldId of fieldIdsOf(segment.schema)) {
      expect(loaded.readColumn(fieldId, offsets)).toEqual(segment.readColumn(fieldId, offsets))
    }
  })

  it('has its row ids in a file of their own', async () => {
    const segment = filled('Int64', 3)
    const twins = await Twins.open()
    const binlogs = await twins.flush(segment)
    const facts = binlogs.find(({ fieldId }) => fieldId === rowIdFieldId)
    const column = binlogColumnOf(segment.schema, rowIdFieldId)
    const pieces = await Array.fromAsync(readInsertLog(twins.store, of(facts), column))
    const first = 9_007_199_254_740_993n
    const values = BigInt64Array.of(first, first + 1n, first + 2n)
    expect(pieces).toEqual([{ type: 'Int64', values }])
  })

  it('is searched through its index after it was built, written and loaded', async () => {
    const segment = filled('Int64', 1500)
    const twins = await Twins.open()
    const binlogs = await twins.flush(segment)
    const spec = parseIndexSpec({ type: 'HNSW', metric: 'L2' })
    const build = {
      partitionId,
      segmentId,
      buildId: toId<BuildId>(1n),
      version: 1,
      fieldId: vectorFieldId,
      vectorType: 'FloatVector' as const,
      dimension,
      spec,
      binlogs,
      rowCount: 1500,
    }
    const { files } = await buildIndex(twins.store, build, createBuildControl())
    const loaded = await twins.load(segment, binlogs, { indexes: [{ ...build, files }] })
    expect(loaded.isIndexed(vectorFieldId)).toBe(true)
    const damaged = { ...build, files: files.map((file) => ({ ...file, crc32c: 1 })) }
    const loading = twins.load(segment, binlogs, { indexes: [damaged] })
    await expect(loading).rejects.toMatchObject({ code: 'CORRUPT' })
    const unknown = { ...build, fieldId: toId<typeof vectorFieldId>(100n), files }
    const misplaced = twins.load(segment, binlogs, { indexes: [unknown] })
    await expect(misplaced).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('is not loaded when a file is damaged, gone or short of rows', async () => {
    const segment = filled('VarChar', 200)
    const twins = await Twins.open()
    const binlogs = await twins.flush(segment)
    const inserts = binlogs.filter(({ kind, fieldId }) => kind === 'insert' && fieldId !== 0n)
    for (const facts of inserts) {
      const path = `/o/${facts.path}`
      const whole = twins.disk.peek(path).slice()
      const bytes = whole.slice()
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
      twins.disk.plant(path, bytes)
      await expect(twins.load(segment, binlogs, {})).rejects.toMatchObject({ code: 'CORRUPT' })
      twins.disk.plant(path, whole)
      const without = binlogs.filter((other) => other !== facts)
      await expect(twins.load(segment, without, {})).rejects.toMatchObject({ code: 'CORRUPT' })
    }
    await twins.store.drop(of(inserts[0]).path)
    const loading = twins.load(segment, binlogs, {})
    await expect(loading).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
  })

  it('stops between steps when its caller gives up', async () => {
    const segment = filled('Int64', 10)
    const twins = await Twins.open()
    const binlogs = await twins.flush(segment)
    let stepsLeft = 3
    const loading = loadSegment(twins.store, loadRequestOf(segment, binlogs), () => {
      stepsLeft -= 1
      if (stepsLeft === 0) throw new Error('Enough')
    })
    await expect(loading).rejects.toThrow('Enough')
  })
})

function of(facts: BinlogFacts | undefined): BinlogFacts {
  if (facts === undefined) throw new Error('No such file')
  return facts
}
