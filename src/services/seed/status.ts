import { ElanusError, type ErrorCode, toElanusError } from '../../base/errors.ts'
import { ErrorCode as SeedCode, type Status } from './common-messages.ts'

export const success: Status = { errorCode: SeedCode.SUCCESS, reason: '' }

/** Codes that the protocol has a word for; the others are UNEXPECTED_ERROR with their reason. */
const seedCodes: Partial<Readonly<Record<ErrorCode, SeedCode>>> = {
  COLLECTION_NOT_FOUND: SeedCode.COLLECTION_NOT_EXISTS,
  INVALID_ARGUMENT: SeedCode.ILLEGAL_ARGUMENT,
  FIELD_NAME_INVALID: SeedCode.ILLEGAL_ARGUMENT,
  SCHEMA_ILLEGAL: SeedCode.ILLEGAL_ARGUMENT,
  INDEX_NOT_SUPPORTED: SeedCode.ILLEGAL_INDEX_TYPE,
  BUILD_NOT_FOUND: SeedCode.BUILD_INDEX_ERROR,
  OBJECT_NOT_FOUND: SeedCode.FILE_NOT_FOUND,
  FILE_NOT_FOUND: SeedCode.FILE_NOT_FOUND,
  MEMORY_LIMIT_EXCEEDED: SeedCode.OUT_OF_MEMORY,
  CHANNEL_NOT_FOUND: SeedCode.META_FAILED,
  CORRUPT: SeedCode.META_FAILED,
}

export function statusOf(thrown: unknown, attempted: string): Status {
  const error = toElanusError(thrown, attempted)
  return { errorCode: seedCodes[error.code] ?? SeedCode.UNEXPECTED_ERROR, reason: error.message }
}

export function isSuccess(status: Status | undefined): boolean {
  return status?.errorCode === SeedCode.SUCCESS
}

/** The way back, for who calls a service: the response, or its refusal as an error. */
export function accepted<Response extends { readonly status: Status | undefined }>(
  response: Response,
  attempted: string,
): Response {
  requireSuccess(response.status, attempted)
  return response
}

export function requireSuccess(status: Status | undefined, attempted: string): void {
  if (isSuccess(status)) return
  const reason = status?.reason ?? 'the answer has no status'
  throw new ElanusError(errorCodeOf(status?.errorCode), `${attempted}: ${reason}`)
}

function errorCodeOf(code: SeedCode | undefined): ErrorCode {
  switch (code) {
    case SeedCode.COLLECTION_NOT_EXISTS:
      return 'COLLECTION_NOT_FOUND'
    case SeedCode.ILLEGAL_ARGUMENT:
      return 'INVALID_ARGUMENT'
    case SeedCode.FILE_NOT_FOUND:
      return 'OBJECT_NOT_FOUND'
    case SeedCode.BUILD_INDEX_ERROR:
      return 'BUILD_NOT_FOUND'
    case SeedCode.OUT_OF_MEMORY:
      return 'MEMORY_LIMIT_EXCEEDED'
    default:
      return 'SERVICE_UNAVAILABLE'
  }
}
