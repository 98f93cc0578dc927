/**
 * What a caller can meet, as a closed list. A code is API and never changes its meaning; a message
 * is for people and may. Each binding translates codes at its own edge (the Milvus face to the pair
 * of numbers that its clients compare).
 */
export const errorCodes = [
  'SERVICE_NOT_READY',
  'SERVICE_UNAVAILABLE',
  'MEMORY_LIMIT_EXCEEDED',
  'DISK_FULL',
  'RATE_LIMITED',
  'UNIMPLEMENTED',
  'COLLECTION_NOT_FOUND',
  'COLLECTION_NOT_LOADED',
  'COLLECTION_LIMIT_EXCEEDED',
  'COLLECTION_NOT_FULLY_LOADED',
  'COLLECTION_LOADED',
  'SCHEMA_ILLEGAL',
  'SCHEMA_MISMATCH',
  'PARTITION_NOT_FOUND',
  'PARTITION_NOT_LOADED',
  'SEGMENT_NOT_FOUND',
  'INDEX_NOT_FOUND',
  'INDEX_NOT_SUPPORTED',
  'INDEX_DUPLICATE',
  'BUILD_NOT_FOUND',
  'DATABASE_NOT_FOUND',
  'DATABASE_LIMIT_EXCEEDED',
  'DATABASE_NAME_INVALID',
  'ALIAS_NOT_FOUND',
  'ALIAS_NAME_TAKEN',
  'ALIAS_EXISTS',
  'CHANNEL_NOT_FOUND',
  'NODE_NOT_FOUND',
  'INVALID_ARGUMENT',
  'FIELD_NOT_FOUND',
  'FIELD_NAME_INVALID',
  'IO_FAILED',
  'FILE_NOT_FOUND',
  'FILE_EXISTS',
  'OBJECT_NOT_FOUND',
  'CORRUPT',
  'FOLDER_LOCKED',
  'WORKER_FAILED',
  'CANCELED',
  'TIMEOUT',
  'CLOSED',
  'INTERNAL',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export class ElanusError extends Error {
  override readonly name = 'ElanusError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * Any thrown thing as an ElanusError, for the outermost edge of a task or a call. What is not one
 * already becomes INTERNAL with the thing as its cause.
 */
export function toElanusError(thrown: unknown, attempted: string): ElanusError {
  if (thrown instanceof ElanusError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new ElanusError('INTERNAL', `${attempted}: ${reason}`, { cause: thrown })
}
