import { Buffer } from 'node:buffer'

// Taken from an instance, because the prototype has no type. It works on any byte array.
// oxlint-disable-next-line typescript/unbound-method -- each call says what it is called on
const { copy } = Buffer.alloc(0)

/**
 * Copies `source` into `target` from `at` on. Where either memory is shared, `TypedArray.set` goes
 * word by word, and byte by byte at odd addresses, as other threads might look on; nobody looks at
 * bytes that are not published yet, and Buffer's copy moves them at the speed of memory.
 */
export function copyBytes(source: Uint8Array, target: Uint8Array, at: number): void {
  copy.call(source, target, at)
}

/** Bytes [from, to) of a shared memory, as bytes of their own. */
export function takeBytes(source: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  const taken = new Uint8Array(to - from)
  copy.call(source, taken, 0, from, to)
  return taken
}
