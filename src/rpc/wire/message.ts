import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import { ElanusError } from '../../base/errors.ts'
import { kib } from '../../base/units.ts'

/** A message's codec, as it is generated from proto/. */
export interface MessageType<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter
  decode(input: BinaryReader): Message
}

/**
 * The most tags and lengths that a request may be made of. A request is short of pieces however long
 * it is: rows come as one packed piece a column. So this is far above what any client sends, and far
 * below what it takes to fill the heap with the objects that an empty piece of two bytes becomes.
 */
const pieceCountMax = 2 ** 18

/**
 * A message out of a request. Bytes in it are views of the request. INVALID_ARGUMENT when it is not
 * such a message, whatever it is.
 */
export function decodeMessage<Message>(
  type: MessageType<Message>,
  name: string,
  bytes: Uint8Array,
): Message {
  try {
    return type.decode(new MeteredReader(bytes))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ElanusError(
      'INVALID_ARGUMENT',
      `Cannot decode ${name} of ${bytes.byteLength} bytes: ${reason}`,
      { cause },
    )
  }
}

/** The longest message whose writer is kept. */
const spareSizeBytesMax = 64 * kib
/** Kept between messages: a place to write to is the dearest part of a small one. */
let spareWriter: BinaryWriter | undefined

export function encodeMessage<Message>(type: MessageType<Message>, message: Message): Uint8Array {
  const writer = spareWriter ?? new BinaryWriter()
  // Taken, so that what fails half-way leaves nothing behind.
  spareWriter = undefined
  const bytes = type.encode(message, writer).finish()
  if (bytes.byteLength <= spareSizeBytesMax) spareWriter = writer
  return bytes
}

/** Counts the tags and lengths that it reads, nested ones too, and gives up above the bound. */
class MeteredReader extends BinaryReader {
  constructor(bytes: Uint8Array) {
    super(bytes)
    const read = this.uint32
    let left = pieceCountMax
    this.uint32 = () => {
      left -= 1
      if (left < 0) throw new RangeError(`it is made of more than ${pieceCountMax} pieces`)
      return read.call(this)
    }
  }
}
