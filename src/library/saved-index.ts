import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { assert } from '../base/assert.ts'
import { viewOf } from '../base/bytes.ts'
import { ElanusError } from '../base/errors.ts'
import type { FileSystem, OpenFile } from '../base/file-system.ts'
import { mib } from '../base/units.ts'
import { type ElementType, vectorSizeBytes } from '../schema/element-type.ts'
import type { IndexSpec, VectorIndex, VectorStore } from '../vector-index/contract.ts'
import { parseIndexSpec } from '../vector-index/index-types.ts'
import { canceled } from '../workers/failure.ts'
import { parseElementType } from './element-format.ts'

/**
 * An index as one file.
 *
 *     0       8         12            16             20
 *     | magic | version | header size | header crc32 | header: JSON, filled up with spaces |
 *     64 × n
 *     | vectors: row after row, as they were given | the index, as its type writes it |
 *     end − 48
 *     | vector bytes: u64 | index bytes: u64 | vector crc32 | index crc32 | zeros: 8 |
 *     | crc32 of the 32 bytes before: u32 | zeros: 4 | magic |
 *
 * Numbers are little-endian. The header's checksum is of everything before the vectors but itself,
 * so each byte of the file is under one; a file that was cut has no end. Vectors may be left out:
 * the file then holds their checksum, and is opened with the same vectors given again.
 */
export const savedIndexVersion = 1

export interface SavedHeader {
  readonly spec: IndexSpec
  readonly elementType: ElementType
  readonly dimension: number
  readonly rowCount: number
}

/** Where things lie in a file whose header and trailer are sound. */
export interface SavedLayout extends SavedHeader {
  readonly vectorsOffset: number
  readonly vectorBytes: number
  readonly vectorCrc: number
  readonly indexBytes: number
  readonly indexCrc: number
}

const magic = new TextEncoder().encode('ELANUSVX')
const preambleBytes = 20
const headerAlignment = 64
const headerBytesMax = 1 * mib
const trailerBytes = 48
const chunkBytes = 4 * mib

/** Reads what says where the rest is. Throws CORRUPT, FILE_NOT_FOUND, IO_FAILED. */
export async function readSavedLayout(files: FileSystem, path: string): Promise<SavedLayout> {
  await using file = await files.open(path, 'read')
  const size = await file.size()
  const preamble = await readAt(file, 0, preambleBytes)
  if (!startsWithMagic(preamble)) throw corrupt(path, 'it is no saved index')
  const view = viewOf(preamble)
  const version = view.getUint32(8, true)
  if (version !== savedIndexVersion) {
    throw corrupt(path, `its format is version ${version}, and ${savedIndexVersion} is known`)
  }
  const headerBytes = view.getUint32(12, true)
  if (headerBytes > headerBytesMax || preambleBytes + headerBytes + trailerBytes > size) {
    throw corrupt(path, `its header would be ${headerBytes} bytes`)
  }
  const text = await readAt(file, preambleBytes, headerBytes)
  const expected = crc32(text, crc32(preamble.subarray(0, 16)))
  if (view.getUint32(16, true) !== expected) throw corrupt(path, 'its header has changed')
  const header = parseHeader(text, path)
  const trailer = parseTrailer(await readAt(file, size - trailerBytes, trailerBytes), path)
  const vectorsOffset = preambleBytes + headerBytes
  const { vectorBytes, indexBytes } = trailer
  if (vectorsOffset + vectorBytes + indexBytes + trailerBytes !== size) {
    throw corrupt(path, `it has ${size} bytes`)
  }
  if (vectorBytes !== 0 && vectorBytes !== header.rowCount * rowBytesOfSaved(header)) {
    throw corrupt(path, `it has ${vectorBytes} bytes of vectors`)
  }
  return { ...header, ...trailer, vectorsOffset }
}

/** Fills a store that has room for them. Throws CORRUPT. */
export async function readSavedVectors(
  files: FileSystem,
  path: string,
  layout: SavedLayout,
  store: VectorStore,
): Promise<void> {
  const { vectorsOffset, vectorBytes, vectorCrc } = layout
  const rowBytes = rowBytesOfSaved(layout)
  const stepBytes = Math.max(rowBytes, chunkBytes - (chunkBytes % rowBytes))
  let crc = 0
  for await (const chunk of chunksOf(files, path, {
    from: vectorsOffset,
    to: vectorsOffset + vectorBytes,
    stepBytes,
  })) {
    crc = crc32(chunk, crc)
    store.append(chunk, chunk.length / rowBytes)
  }
  if (crc !== vectorCrc) throw corrupt(path, 'its vectors have changed')
  store.seal()
}

/** Fills an empty index over the vectors of the file. Throws CORRUPT. */
export async function readSavedIndex(
  files: FileSystem,
  path: string,
  layout: SavedLayout,
  index: VectorIndex,
): Promise<void> {
  const from = layout.vectorsOffset + layout.vectorBytes
  const range = { from, to: from + layout.indexBytes, stepBytes: chunkBytes }
  const chunks: Uint8Array[] = []
  let crc = 0
  for await (const chunk of chunksOf(files, path, range)) {
    crc = crc32(chunk, crc)
    chunks.push(chunk.slice())
  }
  if (crc !== layout.indexCrc) throw corrupt(path, 'its index has changed')
  index.load(chunks)
}

export interface SaveRequest {
  readonly spec: IndexSpec
  readonly store: VectorStore
  readonly index: VectorIndex
  readonly elementType: ElementType
  readonly vectors: 'inside' | 'outside'
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes the file beside its place, syncs it and moves it there: whatever happens, there is the old
 * file or the new one. Returns its size in bytes.
 */
export async function writeSavedIndex(
  files: FileSystem,
  path: string,
  request: SaveRequest,
): Promise<number> {
  const unfinished = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.unfinished`
  try {
    const size = await writeFile(files, unfinished, request)
    await files.rename(unfinished, path)
    await files.syncFolder(dirname(path))
    return size
  } catch (error) {
    // What is left of it is worth nothing; that it cannot be dropped says no more than the error.
    await files.unlink(unfinished).catch(() => undefined)
    throw error
  }
}

async function writeFile(files: FileSystem, path: string, request: SaveRequest): Promise<number> {
  await using file = await files.open(path, 'create')
  const writer = new SumWriter(file)
  await writer.write(encodeHeader(request))
  writer.startSection()
  for (const rows of rowsOf(request.store, request.elementType)) {
    throwIfGivenUp(request.signal)
    if (request.vectors === 'inside') await writer.write(rows)
    else writer.add(rows)
  }
  const vectors = writer.section
  writer.startSection()
  for (const chunk of request.index.serialise()) {
    throwIfGivenUp(request.signal)
    await writer.write(chunk)
  }
  await writer.write(encodeTrailer(vectors, writer.section))
  await file.datasync()
  return writer.sizeBytes
}

function rowBytesOfSaved({ elementType, dimension }: SavedHeader): number {
  return vectorSizeBytes(elementType, dimension)
}

/** A store's rows, as they were given, some at a time. */
export function* rowsOf(store: VectorStore, elementType: ElementType): Iterable<Uint8Array> {
  const rowBytes = vectorSizeBytes(elementType, store.dimension)
  const stepCount = Math.max(1, Math.floor(chunkBytes / rowBytes))
  for (let from = 0; from < store.rowCount; from += stepCount) {
    yield store.readRange(from, Math.min(store.rowCount, from + stepCount))
  }
}

/** The checksum of parts one after another, as the file has it. */
export function checksumOf(parts: Iterable<Uint8Array>): number {
  let crc = 0
  for (const part of parts) crc = crc32(part, crc)
  return crc
}

function throwIfGivenUp(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw canceled('saving', signal.reason)
}

interface Section {
  readonly sizeBytes: number
  readonly crc: number
}

/** Appends to a file and sums up what is written in sections. */
class SumWriter {
  sizeBytes = 0
  readonly #file: OpenFile
  #section: Section = { sizeBytes: 0, crc: 0 }

  constructor(file: OpenFile) {
    this.#file = file
  }

  get section(): Section {
    return this.#section
  }

  startSection(): void {
    this.#section = { sizeBytes: 0, crc: 0 }
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#file.write([chunk], this.sizeBytes)
    this.add(chunk)
    this.sizeBytes += chunk.length
    this.#section = { ...this.#section, sizeBytes: this.#section.sizeBytes + chunk.length }
  }

  /** Sums up what is not written. */
  add(chunk: Uint8Array): void {
    this.#section = { ...this.#section, crc: crc32(chunk, this.#section.crc) }
  }
}

function encodeHeader({ spec, store, elementType }: SaveRequest): Uint8Array {
  const { dimension, rowCount } = store
  const text = JSON.stringify({ ...spec, elementType, dimension, rowCount })
  const size = Math.ceil((preambleBytes + text.length) / headerAlignment) * headerAlignment
  const bytes = new TextEncoder().encode(text.padStart(preambleBytes + text.length).padEnd(size))
  assert(bytes.length === size, 'a header is plain letters')
  bytes.set(magic)
  const view = viewOf(bytes)
  view.setUint32(8, savedIndexVersion, true)
  view.setUint32(12, size - preambleBytes, true)
  view.setUint32(16, crc32(bytes.subarray(preambleBytes), crc32(bytes.subarray(0, 16))), true)
  return bytes
}

function parseHeader(bytes: Uint8Array, path: string): SavedHeader {
  const facts = parseJson(bytes, path)
  const count = (name: string, min: number): number => {
    const value = facts[name]
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value
    throw corrupt(path, `its ${name} is ${String(value)}`)
  }
  return {
    ...specOf(facts, path),
    dimension: count('dimension', 1),
    rowCount: count('rowCount', 0),
  }
}

function parseJson(bytes: Uint8Array, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (isRecord(value)) return value
  } catch {
    // Falls through to the same answer as for JSON that is no object.
  }
  throw corrupt(path, 'its header is not JSON')
}

function specOf(
  facts: Readonly<Record<string, unknown>>,
  path: string,
): Pick<SavedHeader, 'spec' | 'elementType'> {
  const { type, metric, params, elementType } = facts
  const isKnown = typeof type === 'string' && typeof metric === 'string' && isRecord(params)
  if (!isKnown || typeof elementType !== 'string') {
    throw corrupt(path, 'its header does not say what it is')
  }
  try {
    const vectors = { elementType: parseElementType(elementType) }
    return { ...vectors, spec: parseIndexSpec({ type, metric, params }, vectors) }
  } catch (error) {
    throw corrupt(path, error instanceof Error ? error.message : String(error))
  }
}

function encodeTrailer(vectors: Section, index: Section): Uint8Array {
  const bytes = new Uint8Array(trailerBytes)
  const view = viewOf(bytes)
  view.setBigUint64(0, BigInt(vectors.sizeBytes), true)
  view.setBigUint64(8, BigInt(index.sizeBytes), true)
  view.setUint32(16, vectors.crc, true)
  view.setUint32(20, index.crc, true)
  view.setUint32(32, crc32(bytes.subarray(0, 32)), true)
  bytes.set(magic, trailerBytes - magic.length)
  return bytes
}

function parseTrailer(
  bytes: Uint8Array,
  path: string,
): Pick<SavedLayout, 'vectorBytes' | 'vectorCrc' | 'indexBytes' | 'indexCrc'> {
  const view = viewOf(bytes)
  const isWhole =
    startsWithMagic(bytes.subarray(trailerBytes - magic.length)) &&
    view.getUint32(32, true) === crc32(bytes.subarray(0, 32)) &&
    view.getUint32(36, true) === 0
  if (!isWhole) throw corrupt(path, 'its end is missing or has changed')
  return {
    vectorBytes: Number(view.getBigUint64(0, true)),
    indexBytes: Number(view.getBigUint64(8, true)),
    vectorCrc: view.getUint32(16, true),
    indexCrc: view.getUint32(20, true),
  }
}

interface ByteRange {
  readonly from: number
  readonly to: number
  readonly stepBytes: number
}

/** A range of a file, a chunk read ahead; each chunk is overwritten after the next was asked for. */
async function* chunksOf(
  files: FileSystem,
  path: string,
  { from, to, stepBytes }: ByteRange,
): AsyncGenerator<Uint8Array> {
  await using file = await files.open(path, 'read')
  const buffers = [new Uint8Array(stepBytes), new Uint8Array(stepBytes)] as const
  const readFrom = async (offset: number, buffer: Uint8Array): Promise<Uint8Array> => {
    const target = buffer.subarray(0, Math.min(stepBytes, to - offset))
    const count = await file.read(target, offset)
    if (count !== target.length) throw corrupt(path, 'it became shorter')
    return target
  }
  let [current, other] = buffers
  let next = from < to ? readFrom(from, current) : undefined
  for (let offset = from; next !== undefined; offset += stepBytes) {
    const chunk: Uint8Array = await next
    const following = offset + stepBytes
    next = following < to ? readFrom(following, other) : undefined
    // A reading that fails is met when it is awaited, and is not unheard if nobody comes so far.
    next?.catch(() => undefined)
    ;[current, other] = [other, current]
    yield chunk
  }
}

async function readAt(file: OpenFile, offset: number, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes)
  const count = offset < 0 ? 0 : await file.read(bytes, offset)
  if (count !== sizeBytes) throw corrupt(file.path, 'it is too short')
  return bytes
}

function startsWithMagic(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function corrupt(path: string, reason: string): ElanusError {
  return new ElanusError('CORRUPT', `Cannot open the index ${path}: ${reason}`)
}
