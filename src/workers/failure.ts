import { ElanusError, type ErrorCode, errorCodes } from '../base/errors.ts'

/**
 * An error on its way between threads. Cloning an Error keeps its message and loses its code, so it
 * crosses as plain values.
 */
export interface Failure {
  readonly kind: 'failed'
  readonly code: string
  readonly message: string
}

/** What a task threw. What is not an ElanusError is a bug or a trap: the thread itself failed. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof ElanusError) {
    return { kind: 'failed', code: thrown.code, message: thrown.message }
  }
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return { kind: 'failed', code: 'WORKER_FAILED', message: `A worker thread failed: ${message}` }
}

export function fromFailure(failure: Failure): ElanusError {
  const code = errorCodes.find((known): known is ErrorCode => known === failure.code)
  return new ElanusError(code ?? 'WORKER_FAILED', failure.message)
}

/** For tasks whose thread ended before they did: it was killed, or ran out of memory. */
export function workerEnded(cause: unknown): ElanusError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `A worker thread ended in the middle of its work: ${reason}`
  return new ElanusError('WORKER_FAILED', message, { cause })
}

export function canceled(what: string, cause: unknown): ElanusError {
  return new ElanusError('CANCELED', `The ${what} was given up by its caller`, { cause })
}

export function poolClosed(what: string): ElanusError {
  return new ElanusError('CLOSED', `Cannot ${what}: the worker pool is closed`)
}
