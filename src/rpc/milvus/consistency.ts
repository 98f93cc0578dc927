import { ElanusError } from '../../base/errors.ts'
import { int64Max } from '../../base/int64.ts'
import type { ReadConsistency } from '../../services/proxy/proxy.ts'
import { ConsistencyLevel } from '../generated/milvus/common.ts'

type LevelName = NonNullable<ReadConsistency['consistencyLevel']>

const levels: readonly LevelName[] = ['Strong', 'Session', 'Bounded', 'Eventually', 'Customized']

export function consistencyLevelOf(level: ConsistencyLevel): LevelName {
  const name = levels[level]
  if (name !== undefined) return name
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot use consistency level ${level}: it is none of ${levels.join(', ')}`,
  )
}

export function consistencyNumberOf(level: LevelName): ConsistencyLevel {
  return ConsistencyLevel[level]
}

/** What a read asks to see, of a Search or a Query. */
export function readConsistencyOf(request: {
  readonly consistencyLevel: ConsistencyLevel
  readonly useDefaultConsistency: boolean
  readonly guaranteeTimestamp: bigint
}): ReadConsistency {
  if (request.guaranteeTimestamp > int64Max) {
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `guarantee_timestamp [${request.guaranteeTimestamp}] is invalid: the most is ${int64Max}`,
    )
  }
  return {
    consistencyLevel: request.useDefaultConsistency
      ? undefined
      : consistencyLevelOf(request.consistencyLevel),
    guaranteeTimestamp: request.guaranteeTimestamp,
  }
}
