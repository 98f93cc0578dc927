import { ElanusError } from '../../../base/errors.ts'
import { type SegmentId, toId } from '../../../base/int64.ts'
import { physicalMsOf, type Timestamp } from '../../../base/timestamp.ts'
import { secondMs } from '../../../base/units.ts'
import type { DataServiceFacade } from '../facades.ts'
import { collectionById } from '../master/context.ts'
import { checkItemCount, type DataContext, segmentNotFound } from './context.ts'

export function flushCalls({
  lifecycle,
  master,
  data,
}: DataContext): Pick<DataServiceFacade, 'flush' | 'getFlushState'> {
  return {
    flush: lifecycle.answer(
      {
        dbID: 0n,
        collectionID: 0n,
        segmentIDs: [],
        flushSegmentIDs: [],
        timeOfSeal: 0n,
        flushTs: 0n,
      },
      async ({ dbID, collectionID, segmentIDs }) => {
        checkItemCount('segments', segmentIDs)
        const collection = collectionById(master, collectionID)
        for (const id of segmentIDs) {
          const segment = data.segment(toId<SegmentId>(id))
          if (segment?.collectionId !== collection.id) throw segmentNotFound(id)
        }
        if (dbID !== 0n && dbID !== collection.databaseId) {
          throw new ElanusError(
            'DATABASE_NOT_FOUND',
            `Collection ${collectionID} is in database ${collection.databaseId}, not ${dbID}`,
          )
        }
        const chosen = segmentIDs.map((id) => toId<SegmentId>(id))
        const outcome = await data.flush(collection, chosen)
        return {
          dbID: collection.databaseId,
          collectionID,
          segmentIDs: [...outcome.sealedSegmentIds],
          flushSegmentIDs: [...outcome.flushedSegmentIds],
          timeOfSeal: BigInt(Math.floor(physicalMsOf(outcome.sealedAt) / secondMs)),
          flushTs: outcome.sealedAt,
        }
      },
    ),

    getFlushState: lifecycle.answer(
      { flushed: false },
      async ({ segmentIDs, flushTs, collectionID }) => {
        checkItemCount('segments', segmentIDs)
        const ids = segmentIDs.map((id) => toId<SegmentId>(id))
        const flushedAt = flushTs === 0n ? undefined : toId<Timestamp>(flushTs)
        if (!data.isFlushed(ids, flushedAt)) return { flushed: false }
        if (collectionID === 0n || flushedAt === undefined) return { flushed: true }
        return { flushed: data.isCheckpointed(collectionById(master, collectionID), flushedAt) }
      },
    ),
  }
}
