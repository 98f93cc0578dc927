/** How many bytes the parts have together. */
export function byteLengthOf(parts: readonly Uint8Array[]): number {
  let total = 0
  for (const part of parts) total += part.length
  return total
}

/** The parts in one new array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(byteLengthOf(parts))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

/** What follows the first `count` bytes, as views; `count` is at most what there is. */
export function skipBytes(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count
  let index = 0
  for (const part of parts) {
    if (part.length > left) break
    left -= part.length
    index += 1
  }
  const [first, ...others] = parts.slice(index)
  return first === undefined ? [] : [first.subarray(left), ...others]
}

/** A view for numbers of more than one byte; shares the memory. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
