import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErrorCode, IndexState, StateCode } from '../../../src/services/seed/common-messages.ts'
import * as ask from './requests.ts'
import type { OpenSubject, Subject } from './subject.ts'

const { base } = ask
const ok = { errorCode: ErrorCode.SUCCESS, reason: '' }

/** What the index service does, whatever it is reached by. */
export function describeIndexService(name: string, open: OpenSubject): void {
  describe(`the index service, ${name}`, () => {
    let subject: Subject
    beforeAll(async () => {
      subject = await open({ indexedRowCountMin: 10 })
    })
    afterAll(() => subject[Symbol.asyncDispose]())
    const index = () => subject.indexService

    it('gives equal requests the same build, and builds it', async () => {
      const request = await requestFor(subject, 'built')
      const { status, indexBuildID } = await index().buildIndex(request)
      expect(status).toEqual(ok)
      expect((await index().buildIndex(request)).indexBuildID).toBe(indexBuildID)
      await subject.settled()
      const { states } = await index().getIndexStates({ indexBuildIDs: [indexBuildID] })
      expect(states[0]).toMatchObject({ state: IndexState.FINISHED, indexID: request.indexID })
      const files = await index().getIndexFilePaths({ indexBuildIDs: [indexBuildID, 7n] })
      expect(files.filePaths[0]?.indexFilePaths[0]).toContain(`index_files/${indexBuildID}/1/`)
      expect(files.filePaths[1]?.status?.errorCode).toBe(ErrorCode.BUILD_INDEX_ERROR)
    })

    it('T11: answers for a build that nobody knows', async () => {
      const { status, states } = await index().getIndexStates({ indexBuildIDs: [7n] })
      expect(status).toEqual(ok)
      expect(states[0]).toMatchObject({ state: IndexState.NONE, indexBuildID: 7n })
      expect(states[0]?.Reason).toContain('7')
    })

    it('T10: lets no report change a build that did not wait for it', async () => {
      const { indexBuildID } = await index().buildIndex(await requestFor(subject, 'steady'))
      await subject.settled()
      const report = {
        status: { errorCode: ErrorCode.UNEXPECTED_ERROR, reason: 'late' },
        indexBuildID,
        indexFilePaths: [],
        nodeID: 7n,
        version: 1n,
        indexFiles: [],
        numRows: 0n,
      }
      expect(await index().notifyBuildIndex(report)).toEqual(ok)
      expect(await index().notifyBuildIndex({ ...report, version: 9n })).toEqual(ok)
      const { states } = await index().getIndexStates({ indexBuildIDs: [indexBuildID] })
      expect(states[0]?.state).toBe(IndexState.FINISHED)
      const unknown = await index().notifyBuildIndex({ ...report, indexBuildID: 7n })
      expect(unknown.errorCode).toBe(ErrorCode.BUILD_INDEX_ERROR)
    })

    it('T12: remembers that a build was deleted with its index, and nothing of its files', async () => {
      const request = await requestFor(subject, 'dropped')
      const { indexBuildID } = await index().buildIndex(request)
      expect(await index().dropIndex({ indexID: request.indexID })).toEqual(ok)
      await subject.settled()
      const { states } = await index().getIndexStates({ indexBuildIDs: [indexBuildID] })
      expect(states[0]).toMatchObject({ state: IndexState.DELETED, indexID: request.indexID })
      const files = await index().getIndexFilePaths({ indexBuildIDs: [indexBuildID] })
      expect(files.filePaths[0]?.status?.errorCode).toBe(ErrorCode.BUILD_INDEX_ERROR)
      expect(await index().dropIndex({ indexID: request.indexID })).toEqual(ok)
    })

    it('refuses builds of nothing', async () => {
      const request = await requestFor(subject, 'refused')
      const refusals = [
        { ...request, dataPaths: [] },
        { ...request, dataPaths: ['insert_log/1/2/3/4/5'] },
        { ...request, dataPaths: ['../../etc/passwd'] },
        { ...request, indexID: 7n },
      ]
      for (const refused of refusals) {
        const { status, indexBuildID } = await index().buildIndex(refused)
        expect(status?.errorCode).not.toBe(ErrorCode.SUCCESS)
        expect(indexBuildID).toBe(0n)
      }
    })

    it('says what state it is in, has no channels, and refuses nodes that are nowhere', async () => {
      const { state } = await index().getComponentStates({})
      expect(state?.stateCode).toBe(StateCode.HEALTHY)
      expect(await index().getTimeTickChannel({})).toEqual({ status: ok, value: '' })
      expect(await index().getStatisticsChannel({})).toEqual({ status: ok, value: '' })
      const address = { ip: 'no such/address', port: 1n }
      const { status } = await index().registerNode({ base, address })
      expect(status?.errorCode).toBe(ErrorCode.ILLEGAL_ARGUMENT)
    })
  })
}

/** A flushed segment with an index, and what a build of it is asked for by. */
async function requestFor(subject: Subject, name: string) {
  const { master, dataService, insertChannel } = subject
  const collectionID = await ask.makeCollection(subject, name)
  await insertChannel.insert(ask.insert(name, 0, 50))
  const [segmentID = 0n] = await ask.flush(subject, collectionID)
  await master.createIndex(
    ask.createIndex(name, { index_type: 'HNSW', metric_type: 'L2', M: '8', efConstruction: '40' }),
  )
  const { indexDescriptions } = await master.describeIndex(ask.index(name))
  const { fieldIDs, paths } = await dataService.getInsertBinlogPaths({ base, segmentID })
  return {
    indexName: '',
    indexID: indexDescriptions[0]?.indexID ?? 0n,
    dataPaths: [...(paths[fieldIDs.indexOf(101n)]?.values ?? [])],
    typeParams: [],
    indexParams: [],
  }
}
