import { ElanusError } from '../base/errors.ts'

/** Throws MEMORY_LIMIT_EXCEEDED. */
export function allocate(sizeBytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(sizeBytes)
  } catch (cause) {
    const message = `Cannot take ${sizeBytes} bytes of shared memory: the system has no more`
    throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message, { cause })
  }
}
