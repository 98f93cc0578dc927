import type { ElanusError, ErrorCode } from '../../base/errors.ts'
import { ErrorCode as LegacyCode, type Status } from '../generated/milvus/common.ts'

/**
 * An error in Milvus's two languages: the number that newer clients compare, and the legacy code
 * that older ones compare by name. Both must be right, or a client takes the wrong turn: it makes an
 * index because the code says that there is none, and refreshes its schema because it says that
 * this one is stale.
 */
interface WireError {
  readonly code: number
  readonly legacy: LegacyCode
  /** The same call may succeed later. */
  readonly isRetriable?: true
  /** The caller's fault, and of no concern to who runs the server. */
  readonly isInputError?: true
}

const isRetriable = true
const isInputError = true

const wireErrors: Readonly<Record<ErrorCode, WireError>> = {
  SERVICE_NOT_READY: { code: 1, legacy: LegacyCode.NotReadyServe, isRetriable },
  SERVICE_UNAVAILABLE: { code: 2, legacy: LegacyCode.UnexpectedError, isRetriable },
  MEMORY_LIMIT_EXCEEDED: { code: 3, legacy: LegacyCode.InsufficientMemoryToLoad },
  DISK_FULL: { code: 7, legacy: LegacyCode.DiskQuotaExhausted },
  RATE_LIMITED: { code: 8, legacy: LegacyCode.RateLimit, isRetriable },
  UNIMPLEMENTED: { code: 10, legacy: LegacyCode.UnexpectedError, isInputError },
  COLLECTION_NOT_FOUND: { code: 100, legacy: LegacyCode.CollectionNotExists, isInputError },
  COLLECTION_NOT_LOADED: { code: 101, legacy: LegacyCode.UnexpectedError, isInputError },
  COLLECTION_LIMIT_EXCEEDED: { code: 102, legacy: LegacyCode.UnexpectedError, isInputError },
  COLLECTION_NOT_FULLY_LOADED: { code: 103, legacy: LegacyCode.UnexpectedError, isRetriable },
  COLLECTION_LOADED: { code: 104, legacy: LegacyCode.UnexpectedError, isInputError },
  SCHEMA_ILLEGAL: { code: 105, legacy: LegacyCode.UnexpectedError, isInputError },
  SCHEMA_MISMATCH: { code: 109, legacy: LegacyCode.SchemaMismatch, isInputError },
  PARTITION_NOT_LOADED: { code: 201, legacy: LegacyCode.UnexpectedError, isInputError },
  PARTITION_NOT_FOUND: { code: 200, legacy: LegacyCode.MetaFailed, isInputError },
  CHANNEL_NOT_FOUND: { code: 500, legacy: LegacyCode.MetaFailed },
  SEGMENT_NOT_FOUND: { code: 600, legacy: LegacyCode.SegmentNotFound, isInputError },
  INDEX_NOT_FOUND: { code: 700, legacy: LegacyCode.IndexNotExist, isInputError },
  INDEX_NOT_SUPPORTED: { code: 701, legacy: LegacyCode.UnexpectedError, isInputError },
  INDEX_DUPLICATE: { code: 702, legacy: LegacyCode.UnexpectedError, isInputError },
  BUILD_NOT_FOUND: { code: 703, legacy: LegacyCode.UnexpectedError, isInputError },
  DATABASE_NOT_FOUND: { code: 800, legacy: LegacyCode.UnexpectedError, isInputError },
  DATABASE_LIMIT_EXCEEDED: { code: 801, legacy: LegacyCode.UnexpectedError, isInputError },
  DATABASE_NAME_INVALID: { code: 802, legacy: LegacyCode.UnexpectedError, isInputError },
  NODE_NOT_FOUND: { code: 901, legacy: LegacyCode.UnexpectedError },
  OBJECT_NOT_FOUND: { code: 1000, legacy: LegacyCode.UnexpectedError },
  FILE_NOT_FOUND: { code: 1001, legacy: LegacyCode.UnexpectedError },
  FILE_EXISTS: { code: 1001, legacy: LegacyCode.UnexpectedError },
  IO_FAILED: { code: 1001, legacy: LegacyCode.UnexpectedError },
  CORRUPT: { code: 1002, legacy: LegacyCode.UnexpectedError },
  INVALID_ARGUMENT: { code: 1100, legacy: LegacyCode.IllegalArgument, isInputError },
  ALIAS_NOT_FOUND: { code: 1600, legacy: LegacyCode.UnexpectedError, isInputError },
  ALIAS_NAME_TAKEN: { code: 1601, legacy: LegacyCode.UnexpectedError, isInputError },
  ALIAS_EXISTS: { code: 1602, legacy: LegacyCode.UnexpectedError, isInputError },
  FIELD_NOT_FOUND: { code: 1700, legacy: LegacyCode.UnexpectedError, isInputError },
  FIELD_NAME_INVALID: { code: 1701, legacy: LegacyCode.UnexpectedError, isInputError },
  CANCELED: { code: 10_000, legacy: LegacyCode.UnexpectedError },
  TIMEOUT: { code: 10_001, legacy: LegacyCode.UnexpectedError, isRetriable },
  FOLDER_LOCKED: { code: 2, legacy: LegacyCode.UnexpectedError },
  CLOSED: { code: 2, legacy: LegacyCode.UnexpectedError, isRetriable },
  WORKER_FAILED: { code: 5, legacy: LegacyCode.UnexpectedError },
  INTERNAL: { code: 5, legacy: LegacyCode.UnexpectedError },
}

export const success: Status = {
  errorCode: LegacyCode.Success,
  reason: '',
  code: 0,
  retriable: false,
  detail: '',
  extraInfo: {},
}

/** What a caller named may be as long as its request, and a reason repeats it. */
const reasonLengthMax = 4096

export function statusOf(error: ElanusError): Status {
  const wire = wireErrors[error.code]
  const reason =
    error.message.length <= reasonLengthMax
      ? error.message
      : `${error.message.slice(0, reasonLengthMax)}...`
  return {
    errorCode: wire.legacy,
    reason,
    code: wire.code,
    retriable: wire.isRetriable === true,
    detail: reason,
    extraInfo: wire.isInputError === true ? { is_input_error: 'true' } : {},
  }
}

/** Faults of ours, which who runs the server wants to hear of. */
export function isServerFault(error: ElanusError): boolean {
  const wire = wireErrors[error.code]
  return wire.isInputError !== true && wire.isRetriable !== true && error.code !== 'CANCELED'
}
