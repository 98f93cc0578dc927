const encoder = new TextEncoder()

/**
 * A text's UTF-8 bytes. Not a Buffer: a loop that meets both kinds of array is several times slower
 * than one that meets Uint8Arrays only.
 */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}
