import {
  type Data,
  type Field,
  Message,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
} from 'apache-arrow'
import { concatBytes } from '../base/bytes.ts'
import { ElanusError } from '../base/errors.ts'
import { rowCountOf } from '../schema/fixed-column.ts'
import type { Column } from '../schema/row-batch.ts'
import { fromArrow, toArrow } from './arrow-column.ts'
import { arrowFieldOf } from './arrow-type.ts'
import type { BinlogFacts } from './binlog-facts.ts'
import {
  type BinlogColumn,
  type BinlogHeader,
  checkColumnMetadata,
  checkMetadata,
  corruptBinlog,
  metadataOf,
} from './binlog-header.ts'

/**
 * The container of every binlog: an Arrow IPC file.
 *
 *     "ARROW1" 00 00 │ schema │ record batch … │ end of stream │ footer │ footer size │ "ARROW1"
 *
 * Between the first magic and the footer a file is an Arrow IPC stream, as the format wants it, and
 * we read it as one: batch after batch, never a whole column at once.
 */
const magic = new TextEncoder().encode('ARROW1\0\0')

/** A file's bytes, made a record batch at a time as they are asked for. */
export function* encodeBinlog(
  header: BinlogHeader,
  batches: Iterable<readonly Column[]>,
): Iterable<Uint8Array> {
  const fields = header.columns.map(arrowFieldOf)
  const schema = new Schema(fields, metadataOf(header))
  const writer = new ChunkWriter()
  writer.reset(undefined, schema)
  for (const columns of batches) {
    writer.write(recordBatchOf(schema, fields, columns))
    yield* writer.take()
  }
  writer.finish()
  yield* writer.take()
}

/**
 * The record batches of a file, each as the columns that are expected. Throws CORRUPT, naming the
 * object, for anything that is not what `expected` and `columns` say; what was given out before is
 * then to be thrown away. The chunks are those of an object whose checksum was compared: Arrow's
 * reader believes every length that it meets.
 */
export async function* decodeBinlog(
  chunks: AsyncIterable<Uint8Array>,
  expected: BinlogFacts,
  columns: readonly BinlogColumn[],
): AsyncIterable<BinlogBatch> {
  const source = new StreamPart(chunks, expected.path)
  try {
    const reader = await RecordBatchReader.from(source)
    await reader.open()
    const extra = checkMetadata(reader.schema.metadata, expected)
    checkFields(reader.schema.fields, columns, expected.path)
    for await (const batch of reader) {
      // Arrow makes up an empty batch for a file that has none.
      if (batch.numRows > 0) yield { extra, columns: columnsOf(batch, columns) }
    }
  } catch (error) {
    if (error instanceof ElanusError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw corruptBinlog(expected.path, reason, error)
  } finally {
    await source.close()
  }
}

export interface BinlogBatch {
  /** What the file's metadata says beside the facts. */
  readonly extra: Readonly<Record<string, string>>
  readonly columns: readonly Column[]
}

/**
 * Arrow's writer, handing out its pieces as they are made instead of queueing a whole file. It also
 * writes the schema ahead of the batches, which the format wants and Arrow's own file writer omits:
 * without it a file cannot be read as a stream.
 */
class ChunkWriter extends RecordBatchFileWriter {
  #chunks: Uint8Array[] = []

  take(): readonly Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }

  protected override _writeSchema(schema: Schema): this {
    return super._writeSchema(schema)._writeMessage(Message.from(schema))
  }

  protected override _write(chunk: ArrayBufferView): this {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (bytes.length > 0) this.#chunks.push(bytes)
    this._position += bytes.length
    return this
  }
}

function recordBatchOf(schema: Schema, fields: Field[], columns: readonly Column[]): RecordBatch {
  const children: Data[] = columns.map(toArrow)
  const length = columns[0] === undefined ? 0 : rowCountOf(columns[0])
  return new RecordBatch(schema, makeData({ type: new Struct(fields), length, children }))
}

/** Types are compared, names are not: a field is known by its id, and may be called otherwise since. */
function checkFields(
  fields: readonly Field[],
  columns: readonly BinlogColumn[],
  path: string,
): void {
  if (fields.length !== columns.length) {
    throw corruptBinlog(path, `it has ${fields.length} columns and should have ${columns.length}`)
  }
  for (const [index, column] of columns.entries()) {
    checkColumnMetadata(fields[index]?.metadata ?? new Map(), column, path)
  }
}

function columnsOf(batch: RecordBatch, columns: readonly BinlogColumn[]): readonly Column[] {
  return columns.map((column, index) => {
    const data = batch.data.children[index]
    if (data === undefined) throw new Error(`column ${column.name} is missing`)
    return fromArrow(data, column, batch.numRows)
  })
}

/** The stream inside a file: drops the magic in front. */
class StreamPart implements AsyncIterable<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array, undefined>
  readonly #path: string

  constructor(chunks: AsyncIterable<Uint8Array>, path: string) {
    this.#chunks = readAll(chunks)
    this.#path = path
  }

  /** Its own generator, so that a reader that stops early does not close the chunks. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let start: Uint8Array = new Uint8Array(0)
    let next = await this.#chunks.next()
    for (; next.done !== true; next = await this.#chunks.next()) {
      start = start.length === 0 ? next.value : concatBytes([start, next.value])
      if (start.length >= magic.length) break
    }
    if (Buffer.compare(start.subarray(0, magic.length), magic) !== 0) {
      throw corruptBinlog(this.#path, 'it does not start as an Arrow file')
    }
    yield start.subarray(magic.length)
    next = await this.#chunks.next()
    for (; next.done !== true; next = await this.#chunks.next()) yield next.value
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}

async function* readAll(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  yield* chunks
}
