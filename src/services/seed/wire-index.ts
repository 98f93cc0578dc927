import type { BuildState } from '../../meta/records.ts'
import type { IndexProgress } from '../index/index-service.ts'
import { IndexState } from './common-messages.ts'

/** States as the wire numbers them. */
export const wireBuildStates: Readonly<Record<BuildState, IndexState>> = {
  unissued: IndexState.UNISSUED,
  inProgress: IndexState.INPROGRESS,
  finished: IndexState.FINISHED,
  failed: IndexState.FAILED,
  deleted: IndexState.DELETED,
}

/** Under which parameter a node is told what it indexes; FloatVector where it is not told. */
export const vectorTypeKey = 'vector_type'

export function wireProgress(state: IndexProgress['state']): IndexState {
  return wireBuildStates[state]
}
