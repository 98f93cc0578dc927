import { ElanusError } from '../../base/errors.ts'
import type { SegmentId } from '../../base/int64.ts'
import { toId } from '../../base/int64.ts'
import { physicalMsOf } from '../../base/timestamp.ts'
import { secondMs } from '../../base/units.ts'
import type { ArrayOperation, FlushResult, MutationResult } from '../../services/proxy/proxy.ts'
import {
  type FlushResponse,
  MilvusServiceDefinition,
  type MutationResult as MutationResultMessage,
} from '../generated/milvus/milvus.ts'
import {
  type FieldPartialUpdateOp,
  FieldPartialUpdateOp_OpType,
} from '../generated/milvus/schema.ts'
import type { RpcMethod } from '../service.ts'
import { countVarints, packInt32, packInt64, unpackInt64 } from '../wire/packed-varints.ts'
import { columnsOf } from './column-decoder.ts'
import { idsOf } from './column-encoder.ts'
import type { MilvusContext } from './context.ts'
import { databaseOf, refuseTenancy, targetOf } from './serve.ts'
import { success } from './status.ts'
import { templateValuesOf } from './template-values.ts'
import { timestampOf } from './wire-timestamp.ts'

const { methods } = MilvusServiceDefinition

/** What writes rows, and makes what was written permanent. */
export function mutationMethods({ proxy, serve }: MilvusContext): RpcMethod[] {
  return [
    serve(methods.insert, async (request, call) => {
      refuseTenancy(request)
      const result = await proxy.insert({
        ...targetOf(request, call),
        partitionName: request.partitionName,
        columns: columnsOf(request.fieldsData, request.numRows),
        rowCount: request.numRows,
        schemaTimestamp:
          request.schemaTimestamp === 0n ? undefined : timestampOf(request.schemaTimestamp),
      })
      return mutation(result)
    }),

    serve(methods.upsert, async (request, call) => {
      refuseTenancy(request)
      const result = await proxy.upsert({
        ...targetOf(request, call),
        // Operations on what is there are of no use without it.
        isPartial: request.partialUpdate || request.fieldOps.length > 0,
        arrayOperations: arrayOperationsOf(request.fieldOps),
        partitionName: request.partitionName,
        columns: columnsOf(request.fieldsData, request.numRows),
        rowCount: request.numRows,
        schemaTimestamp:
          request.schemaTimestamp === 0n ? undefined : timestampOf(request.schemaTimestamp),
      })
      return mutation(result)
    }),

    serve(methods.delete, async (request, call) => {
      refuseTenancy(request)
      const result = await proxy.delete({
        ...targetOf(request, call),
        partitionName: request.partitionName,
        filter: request.expr,
        templates: templateValuesOf(request.exprTemplateValues),
      })
      return mutation(result)
    }),

    serve(methods.flush, async (request, call) => {
      const databaseName = databaseOf(request, call)
      const results = await proxy.flush(databaseName, request.collectionNames)
      return flushed(databaseName, results)
    }),

    serve(methods.getFlushState, async (request) => {
      const ids = segmentIdsOf(request.segmentIDs)
      const flushedAt = request.flushTs === 0n ? undefined : timestampOf(request.flushTs)
      return { status: success, flushed: await proxy.isFlushed(ids, flushedAt) }
    }),
  ]
}

function arrayOperationsOf(
  operations: readonly FieldPartialUpdateOp[],
): ReadonlyMap<string, ArrayOperation> {
  const byName = new Map<string, ArrayOperation>()
  const seen = new Set<string>()
  for (const { fieldName, op } of operations) {
    if (seen.has(fieldName)) {
      throw new ElanusError('INVALID_ARGUMENT', `field_ops names field ${fieldName} twice`)
    }
    seen.add(fieldName)
    if (op === FieldPartialUpdateOp_OpType.ARRAY_APPEND) byName.set(fieldName, 'append')
    else if (op === FieldPartialUpdateOp_OpType.ARRAY_REMOVE) byName.set(fieldName, 'remove')
    else if (op !== FieldPartialUpdateOp_OpType.REPLACE) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `field_ops has operation ${String(op)}, which is none`,
      )
    }
  }
  return byName
}

/** More than a collection ever has, and few enough to hold. */
const segmentIdCountMax = 65_536

function segmentIdsOf(packed: Uint8Array): SegmentId[] {
  const count = countVarints(packed)
  if (count > segmentIdCountMax) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot look after ${count} segments at once: the most is ${segmentIdCountMax}`,
    )
  }
  return Array.from(unpackInt64(packed, count), (id) => toId<SegmentId>(id))
}

function mutation(result: MutationResult): MutationResultMessage {
  const rowCount = result.primaryKeys.values.length
  return {
    status: success,
    IDs: idsOf(result.primaryKeys),
    succIndex: packInt32(countingTo(rowCount)),
    errIndex: new Uint8Array(0),
    acknowledged: true,
    insertCnt: BigInt(result.insertCount),
    deleteCnt: BigInt(result.deleteCount),
    upsertCnt: BigInt(result.upsertCount),
    timestamp: result.timestamp,
  }
}

/** 0, 1, 2, ...: every row of a request succeeds, or none does. */
function countingTo(count: number): Int32Array {
  const indexes = new Int32Array(count)
  for (let index = 0; index < count; index += 1) indexes[index] = index
  return indexes
}

/**
 * Clients wait for the segments of each name, so each name has its list, also an empty one. From
 * entries, because a collection may well be named `__proto__`.
 */
function flushed(databaseName: string, results: readonly FlushResult[]): FlushResponse {
  const byName = <Value>(value: (result: FlushResult) => Value): Record<string, Value> =>
    Object.fromEntries(results.map((result) => [result.collectionName, value(result)]))
  return {
    status: success,
    dbName: databaseName,
    collSegIDs: byName(({ sealedSegmentIds }) => ({ data: packInt64(sealedSegmentIds) })),
    flushCollSegIDs: byName(({ flushedSegmentIds }) => ({ data: packInt64(flushedSegmentIds) })),
    collSealTimes: byName(({ sealedAt }) => BigInt(Math.floor(physicalMsOf(sealedAt) / secondMs))),
    collFlushTs: byName(({ flushedAt }) => flushedAt),
  }
}
