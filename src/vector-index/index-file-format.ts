import { crc32 } from 'node:zlib'
import { ElanusError } from '../base/errors.ts'
import { mib } from '../base/units.ts'
import { copyBytes, takeBytes } from '../kernels/copy.ts'

/**
 * What the files of all indexes have in common: words that say what the index is, then its parts.
 *
 *     0        8         12
 *     | magic | version | a word for each name of the header | sections ... | crc32 of all before |
 *
 * All words are little-endian and unsigned, of 32 bits. The checksum comes last, so a file is
 * written as it is read, and one that was cut off has none.
 */
export interface IndexFileFormat<Names extends readonly string[]> {
  readonly version: number
  readonly names: Names
  /** Of the names those that only the file knows; the others must be as they are expected. */
  readonly ownFacts: readonly Names[number][]
}

export type IndexFileHeader<Names extends readonly string[]> = Readonly<
  Record<Names[number], number>
>

const magic = new TextEncoder().encode('ELANUSIX')
const wordBytes = Uint32Array.BYTES_PER_ELEMENT
const chunkBytes = 1 * mib

/** The file in chunks; `sections` are views that are copied from. */
export function* writeIndexFile<Names extends readonly string[]>(
  format: IndexFileFormat<Names>,
  header: IndexFileHeader<Names>,
  sections: readonly Uint8Array[],
): Generator<Uint8Array> {
  const head = encodeHeader(format, header)
  let checksum = crc32(head)
  yield head
  for (const section of sections) {
    for (let from = 0; from < section.length; from += chunkBytes) {
      const chunk = takeBytes(section, from, Math.min(from + chunkBytes, section.length))
      checksum = crc32(chunk, checksum)
      yield chunk
    }
  }
  yield encodeWords([checksum])
}

export interface ExpectedFile<Names extends readonly string[]> {
  readonly header: IndexFileHeader<Names>
  /**
   * Where the sections go, of exactly their sizes, once the file's own facts are known. Throws
   * CORRUPT for facts that cannot be.
   */
  sections(header: IndexFileHeader<Names>): readonly Uint8Array[]
}

/** Reads what `writeIndexFile` wrote. Throws CORRUPT for whatever is not as it was written. */
export function readIndexFile<Names extends readonly string[]>(
  format: IndexFileFormat<Names>,
  chunks: Iterable<Uint8Array>,
  expected: ExpectedFile<Names>,
): IndexFileHeader<Names> {
  const reader = new ChunkReader(chunks)
  const head = new Uint8Array(magic.length + (1 + format.names.length) * wordBytes)
  reader.read(head)
  const header = decodeHeader(format, head)
  for (const name of namesOf(format)) {
    if (!format.ownFacts.includes(name) && header[name] !== expected.header[name]) {
      throw corrupt(`its ${name} is ${header[name]}, not ${expected.header[name]}`)
    }
  }
  for (const section of expected.sections(header)) reader.read(section)
  const { checksum } = reader
  const tail = new Uint8Array(wordBytes)
  reader.read(tail)
  if (new DataView(tail.buffer).getUint32(0, true) !== checksum)
    throw corrupt('its checksum is not')
  reader.expectEnd()
  return header
}

export function corrupt(reason: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot load the index: ${reason}`)
}

function namesOf<Names extends readonly string[]>(
  format: IndexFileFormat<Names>,
): readonly Names[number][] {
  return format.names
}

class ChunkReader {
  readonly #chunks: Iterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array(0)
  #offset = 0
  /** Of everything that was read so far. */
  checksum = 0

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]()
  }

  read(target: Uint8Array): void {
    for (let filled = 0; filled < target.length; ) {
      if (!this.#advance()) throw corrupt(`it ends ${target.length - filled} bytes too early`)
      const count = Math.min(target.length - filled, this.#chunk.length - this.#offset)
      const part = this.#chunk.subarray(this.#offset, this.#offset + count)
      this.checksum = crc32(part, this.checksum)
      copyBytes(part, target, filled)
      filled += count
      this.#offset += count
    }
  }

  expectEnd(): void {
    if (this.#advance()) throw corrupt('there is more behind its checksum')
  }

  /** To a chunk with bytes left; false when there is none. */
  #advance(): boolean {
    while (this.#offset === this.#chunk.length) {
      const next = this.#chunks.next()
      if (next.done === true) return false
      this.#chunk = next.value
      this.#offset = 0
    }
    return true
  }
}

function encodeHeader<Names extends readonly string[]>(
  format: IndexFileFormat<Names>,
  header: IndexFileHeader<Names>,
): Uint8Array {
  const words = encodeWords([format.version, ...namesOf(format).map((name) => header[name])])
  const bytes = new Uint8Array(magic.length + words.length)
  bytes.set(magic)
  bytes.set(words, magic.length)
  return bytes
}

function decodeHeader<Names extends readonly string[]>(
  format: IndexFileFormat<Names>,
  bytes: Uint8Array,
): IndexFileHeader<Names> {
  if (!magic.every((byte, index) => bytes[index] === byte)) throw corrupt('it is no index file')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const word = (index: number): number => view.getUint32(magic.length + index * wordBytes, true)
  if (word(0) !== format.version) {
    throw corrupt(`its format is version ${word(0)}, and ${format.version} is known`)
  }
  const entries = format.names.map((name, index) => [name, word(1 + index)] as const)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each name
  return Object.fromEntries(entries) as unknown as IndexFileHeader<Names>
}

function encodeWords(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * wordBytes)
  const view = new DataView(bytes.buffer)
  for (const [index, word] of words.entries()) view.setUint32(index * wordBytes, word, true)
  return bytes
}
