import { ElanusError } from '../../../base/errors.ts'
import type { SegmentId } from '../../../base/int64.ts'
import { type FieldId, toId } from '../../../base/int64.ts'
import type { Timestamp } from '../../../base/timestamp.ts'
import type { SegmentRecord } from '../../../meta/records.ts'
import type { BinlogFacts, BinlogKind } from '../../../storage/binlog-facts.ts'
import type { ObjectStore } from '../../../storage/object-store.ts'
import type { FlushFacts } from '../../../workers/tasks.ts'
import type { FieldBinlog, SaveBinlogPathsRequest } from '../data-messages.ts'
import { factsOfBinlog } from './wire-binlog.ts'

interface Expected {
  readonly nodeID: bigint
  /** Rows that the segment has, and so every file of it. */
  readonly rowCount: number
  readonly fieldIds: ReadonlySet<FieldId>
  readonly resolve: (facts: FlushFacts) => void
  /** Resolves once the facts are in meta, rejects when they are not wanted any more. */
  readonly recorded: () => Promise<void>
  /** Whoever reports first is taken at its word; the same report again waits for that. */
  taken: Promise<void> | undefined
}

export interface FlushExpectation {
  readonly segmentId: SegmentId
  readonly nodeID: bigint
  readonly rowCount: number
  readonly fieldIds: readonly FieldId[]
  readonly recorded: () => Promise<void>
}

/** What data nodes are to report: segments that they were asked to write. */
export class FlushReports {
  readonly #objects: ObjectStore
  readonly #expected = new Map<SegmentId, Expected>()

  constructor(objects: ObjectStore) {
    this.#objects = objects
  }

  /** Resolves with the report; until the signal aborts. */
  expect(expectation: FlushExpectation, signal: AbortSignal): Promise<FlushFacts> {
    const { promise, resolve, reject } = Promise.withResolvers<FlushFacts>()
    const { segmentId, fieldIds, ...rest } = expectation
    const expected = { ...rest, fieldIds: new Set(fieldIds), resolve, taken: undefined }
    const abort = (): void => {
      reject(signal.reason)
      this.#forget(segmentId, expected)
    }
    this.#expected.set(segmentId, expected)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  /**
   * Resolves once what is reported, or what was reported before, is in meta. Rejects with
   * CHANNEL_NOT_FOUND for a node that was not asked, INVALID_ARGUMENT for files that are not the
   * segment's rows, all and once, OBJECT_NOT_FOUND for files that are not there as reported. A node
   * that is refused drops its files: so a report that may still be taken is never refused.
   */
  async take(segment: SegmentRecord, report: SaveBinlogPathsRequest): Promise<void> {
    const expected = this.#expected.get(segment.id)
    if (expected === undefined || expected.nodeID !== report.nodeID) {
      throw new ElanusError(
        'CHANNEL_NOT_FOUND',
        `Node ${report.nodeID} does not own the flush of segment ${segment.id}`,
      )
    }
    const facts = checkedFacts(segment, expected, report)
    await checkObjects(this.#objects, facts.binlogs)
    expected.taken ??= this.#resolve(segment.id, expected, facts)
    await expected.taken
  }

  async #resolve(segmentId: SegmentId, expected: Expected, facts: FlushFacts): Promise<void> {
    const recorded = expected.recorded()
    expected.resolve(facts)
    try {
      await recorded
    } finally {
      this.#forget(segmentId, expected)
    }
  }

  #forget(segmentId: SegmentId, expected: Expected): void {
    if (this.#expected.get(segmentId) === expected) this.#expected.delete(segmentId)
  }
}

function checkedFacts(
  segment: SegmentRecord,
  expected: Expected,
  report: SaveBinlogPathsRequest,
): FlushFacts {
  const [checkPoint] = report.checkPoints.filter(({ segmentID }) => segmentID === segment.id)
  const { rowCount } = expected
  if (!report.flushed) throw invalid(segment, 'it is reported in parts')
  if (checkPoint === undefined || checkPoint.numOfRows !== BigInt(rowCount)) {
    throw invalid(segment, `it has ${rowCount} rows, ${checkPoint?.numOfRows ?? 0n} are reported`)
  }
  const inserts = factsOf(segment, 'insert', report.field2BinlogPaths)
  const statistics = factsOf(segment, 'stats', report.statslogs)
  for (const fieldId of expected.fieldIds) {
    const rows = inserts.filter((file) => file.fieldId === fieldId).map((file) => file.rowCount)
    const sum = rows.reduce((total, count) => total + count, 0)
    if (sum !== rowCount) throw invalid(segment, `field ${fieldId} has ${sum} rows of ${rowCount}`)
  }
  if (inserts.some(({ fieldId }) => !expected.fieldIds.has(fieldId)) || statistics.length === 0) {
    throw invalid(segment, 'its files are not those of its schema')
  }
  const times = inserts.map(({ timestampFrom, timestampTo }) => [timestampFrom, timestampTo])
  return {
    binlogs: [...inserts, ...statistics],
    rowCount,
    timestampFrom: least(times.map(([from]) => from ?? 0n)),
    timestampTo: toId<Timestamp>(times.reduce((most, [, to]) => (to && to > most ? to : most), 0n)),
  }
}

/** What meta is going to name is there, and whole. Its content is checked by whoever reads it. */
async function checkObjects(objects: ObjectStore, binlogs: readonly BinlogFacts[]): Promise<void> {
  const folders = new Set(binlogs.map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1)))
  const sizes = new Map<string, number>()
  for (const folder of folders) {
    for await (const { name, sizeBytes } of objects.list(folder)) sizes.set(name, sizeBytes)
  }
  for (const { path, sizeBytes } of binlogs) {
    const found = sizes.get(path)
    if (found === sizeBytes) continue
    throw new ElanusError(
      'OBJECT_NOT_FOUND',
      `Cannot take file ${path} of ${sizeBytes} bytes: ` +
        (found === undefined ? 'there is none' : `it has ${found}`),
    )
  }
}

function least(values: readonly bigint[]): Timestamp {
  return toId<Timestamp>(values.reduce((one, other) => (other < one ? other : one)))
}

const folders = { insert: 'insert_log', stats: 'stats_log' } as const

function factsOf(
  segment: SegmentRecord,
  kind: Exclude<BinlogKind, 'delete'>,
  fields: readonly FieldBinlog[],
): readonly BinlogFacts[] {
  const { collectionId, partitionId, id } = segment
  return fields.flatMap(({ fieldID, binlogs }) =>
    binlogs.map((binlog) => {
      const path = `${folders[kind]}/${collectionId}/${partitionId}/${id}/${fieldID}/${binlog.logID}`
      if (binlog.path !== path) throw invalid(segment, `a file is ${binlog.path.slice(0, 256)}`)
      const place = { collectionId, partitionId, segmentId: id, kind }
      return factsOfBinlog(binlog, place, fieldID)
    }),
  )
}

function invalid(segment: SegmentRecord, what: string): ElanusError {
  return new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot take the report of segment ${segment.id}: ${what}`,
  )
}
