import { ElanusError } from '../../../base/errors.ts'
import { type BuildId, toId } from '../../../base/int64.ts'
import type { BuildRecord } from '../../../meta/records.ts'
import { IndexState } from '../common-messages.ts'
import { checkItemCount } from '../data/context.ts'
import type { IndexServiceFacade } from '../facades.ts'
import type { BuildIndexRequest, IndexFilePathInfo, IndexInfo } from '../index-messages.ts'
import { statusOf, success } from '../status.ts'
import { wireBuildStates } from '../wire-index.ts'
import { buildNotFound, buildOf, findIndex, type IndexContext, segmentIdOfPath } from './context.ts'

export function indexServiceCalls(context: IndexContext): IndexServiceFacade {
  const { lifecycle, master, nodes, reports } = context
  return {
    registerNode: lifecycle.answer({ initParams: undefined }, async ({ address }) => {
      const nodeID = await master.allocId(1)
      nodes.register(nodeID, address?.ip ?? '', address?.port ?? 0n)
      return { initParams: { nodeID, startParams: [] } }
    }),

    buildIndex: lifecycle.answer({ indexBuildID: 0n }, async (request) => ({
      indexBuildID: (await requestBuild(context, request)).id,
    })),

    getIndexStates: lifecycle.answer({ states: [] }, async ({ indexBuildIDs }) => {
      checkItemCount('builds', indexBuildIDs)
      return { states: indexBuildIDs.map((id) => stateOf(context, id)) }
    }),

    getIndexFilePaths: lifecycle.answer({ filePaths: [] }, async ({ indexBuildIDs }) => {
      checkItemCount('builds', indexBuildIDs)
      return { filePaths: indexBuildIDs.map((id) => filePathsOf(context, id)) }
    }),

    notifyBuildIndex: lifecycle.command(async (report) => {
      // Late, twice, or from who was given up: the build is known, and its state stays as it is.
      if (!reports.take(report)) buildOf(context, report.indexBuildID)
    }),

    dropIndex: lifecycle.command(async ({ indexID }) => {
      const found = findIndex(master, indexID)
      if (found !== undefined) await master.dropIndex(found.collection.id, found.index.id)
    }),

    getComponentStates: async () => lifecycle.states(nodes.infos()),
    getTimeTickChannel: lifecycle.channelName(''),
    getStatisticsChannel: lifecycle.channelName(''),
  }
}

/** The same request gets the same build: there is one for each segment and index. */
async function requestBuild(
  context: IndexContext,
  request: BuildIndexRequest,
): Promise<BuildRecord> {
  const { master, data, index } = context
  checkItemCount('data paths', request.dataPaths)
  const found = findIndex(master, request.indexID)
  if (found === undefined) {
    throw new ElanusError('INDEX_NOT_FOUND', `index not found[index=${request.indexID}]`)
  }
  const [path] = request.dataPaths
  if (path === undefined) throw new ElanusError('INVALID_ARGUMENT', 'Cannot index no data paths')
  const segmentId = segmentIdOfPath(path)
  const segment = segmentId === undefined ? undefined : data.segment(segmentId)
  if (segment?.state !== 'flushed' || segment.collectionId !== found.collection.id) {
    throw new ElanusError(
      'OBJECT_NOT_FOUND',
      `Cannot index ${path.slice(0, 256)}: it is of no flushed segment of the index's collection`,
    )
  }
  const paths = (await data.binlogs(segment))
    .filter(({ kind, fieldId }) => kind === 'insert' && fieldId === found.index.fieldId)
    .map((file) => file.path)
  const stray = request.dataPaths.find((asked) => !paths.includes(asked))
  if (stray !== undefined || new Set(request.dataPaths).size !== paths.length) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot index a part of segment ${segment.id}, or another field: its paths are ${paths.join()}`,
    )
  }
  return index.request(segment, found.index)
}

function stateOf({ master, index }: IndexContext, indexBuildID: bigint): IndexInfo {
  const build = index.build(toId<BuildId>(indexBuildID))
  if (build === undefined) {
    const Reason = buildNotFound(indexBuildID).message
    return { state: IndexState.NONE, indexBuildID, indexID: 0n, indexName: '', Reason }
  }
  const indexName = findIndex(master, build.indexId)?.index.name ?? ''
  return {
    state: wireBuildStates[build.state],
    indexBuildID,
    indexID: build.indexId,
    indexName,
    Reason: 'failReason' in build ? build.failReason : '',
  }
}

/** A build has files once it is finished. */
function filePathsOf(context: IndexContext, indexBuildID: bigint): IndexFilePathInfo {
  try {
    const build = buildOf(context, indexBuildID)
    if (build.state !== 'finished') {
      throw new ElanusError('BUILD_NOT_FOUND', `Build ${indexBuildID} is ${build.state}`)
    }
    const indexFilePaths = build.files.map(({ path }) => path)
    return { status: success, indexBuildID, indexFilePaths }
  } catch (thrown) {
    const status = statusOf(thrown, `Cannot name the files of build ${indexBuildID}`)
    return { status, indexBuildID, indexFilePaths: [] }
  }
}
