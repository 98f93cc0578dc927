import { crc32 } from 'node:zlib'
import { ElanusError } from '../base/errors.ts'
import { mib } from '../base/units.ts'
import { copyBytes, takeBytes } from '../kernels/copy.ts'

/**
 * A graph as it goes to a file: without its rows, and without what follows from the seed.
 *
 *     0        8         12 ...                                            60
 *     | magic | version | engine metric dimension rowCount linksMax          |
 *     |       |         | efConstruction seed upperListCount                 |
 *     |       |         | entryPoint walkSpace codeScale                     |
 *     60
 *     | base links: rowCount × 2 × linksMax rows | upper links | code offsets: float32 |
 *     | crc32 of all before |
 *
 * Codes are not stored: they follow from the rows and the codebook.
 *
 * All words are little-endian and unsigned, of 32 bits. A list that is not full ends with
 * 0xFFFFFFFF. The checksum comes last, so a file is written as it is read, and one that was cut off
 * has none.
 */
export const graphFileVersion = 1

const magic = new TextEncoder().encode('ELANUSIX')

/** What only the file knows. */
export const ownFacts = ['entryPoint', 'walkSpace', 'codeScale'] as const

const headerNames = [
  'engine',
  'metric',
  'dimension',
  'rowCount',
  'linksMax',
  'efConstruction',
  'seed',
  'upperListCount',
  ...ownFacts,
] as const

export type GraphFileHeader = Readonly<Record<(typeof headerNames)[number], number>>

const wordBytes = Uint32Array.BYTES_PER_ELEMENT
const headerBytes = magic.length + (1 + headerNames.length) * wordBytes
export const chunkBytes = 1 * mib

/** The file in chunks; `sections` are views that are copied from. */
export function* writeGraphFile(
  header: GraphFileHeader,
  sections: readonly Uint8Array[],
): Generator<Uint8Array> {
  const head = encodeHeader(header)
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

/**
 * Reads a file whose header must be `expected` but for its own facts, into sections of exactly
 * their sizes. Throws CORRUPT for whatever is not as it was written.
 */
export function readGraphFile(
  chunks: Iterable<Uint8Array>,
  expected: GraphFileHeader,
  sections: readonly Uint8Array[],
): GraphFileHeader {
  const reader = new ChunkReader(chunks)
  const head = new Uint8Array(headerBytes)
  reader.read(head)
  const header = decodeHeader(head)
  for (const name of headerNames) {
    if (!isOwnFact(name) && header[name] !== expected[name]) {
      throw corrupt(`its ${name} is ${header[name]}, not ${expected[name]}`)
    }
  }
  for (const section of sections) reader.read(section)
  const { checksum } = reader
  const tail = new Uint8Array(wordBytes)
  reader.read(tail)
  if (new DataView(tail.buffer).getUint32(0, true) !== checksum)
    throw corrupt('its checksum is not')
  reader.expectEnd()
  return header
}

function isOwnFact(name: keyof GraphFileHeader): boolean {
  return ownFacts.some((fact) => fact === name)
}

export function corrupt(reason: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot load the index: ${reason}`)
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

function encodeHeader(header: GraphFileHeader): Uint8Array {
  const bytes = new Uint8Array(headerBytes)
  bytes.set(magic)
  const words = encodeWords([graphFileVersion, ...headerNames.map((name) => header[name])])
  bytes.set(words, magic.length)
  return bytes
}

function decodeHeader(bytes: Uint8Array): GraphFileHeader {
  if (!magic.every((byte, index) => bytes[index] === byte)) throw corrupt('it is no index file')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const word = (index: number): number => view.getUint32(magic.length + index * wordBytes, true)
  if (word(0) !== graphFileVersion) {
    throw corrupt(`its format is version ${word(0)}, and ${graphFileVersion} is known`)
  }
  const names = headerNames.entries()
  const entries = Array.from(names, ([index, name]) => [name, word(1 + index)] as const)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each name
  return Object.fromEntries(entries) as unknown as GraphFileHeader
}

function encodeWords(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * wordBytes)
  const view = new DataView(bytes.buffer)
  for (const [index, word] of words.entries()) view.setUint32(index * wordBytes, word, true)
  return bytes
}
