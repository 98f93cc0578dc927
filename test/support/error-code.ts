import { ElanusError } from '../../src/base/errors.ts'

/** The code of the ElanusError that the call throws; 'none' when it returns. */
export function codeThrown(call: () => unknown): string {
  const thrown = thrownBy(call)
  if (thrown === undefined) return 'none'
  return thrown instanceof ElanusError ? thrown.code : 'not an ElanusError'
}

/** The message of the ElanusError that the call throws; empty when it returns. */
export function messageThrown(call: () => unknown): string {
  const thrown = thrownBy(call)
  return thrown instanceof Error ? thrown.message : ''
}

function thrownBy(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return error
  }
}
