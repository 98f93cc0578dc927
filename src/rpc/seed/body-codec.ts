import { ElanusError } from '../../base/errors.ts'
import type { MessageBody } from '../../services/channels/channel.ts'
import { MsgType } from '../../services/seed/common-messages.ts'
import * as generated from '../generated/message.ts'
import { decodeMessage, encodeMessage, type MessageType } from '../wire/message.ts'

type BodyType = MessageBody['type']
type MessageOf<Type extends BodyType> = Extract<MessageBody, { readonly type: Type }>['message']

/** Which message each type on a channel is. */
const codecs: { readonly [Type in BodyType]: MessageType<MessageOf<Type>> } = {
  [MsgType.INSERT]: generated.InsertMsg,
  [MsgType.DELETE]: generated.DeleteMsg,
  [MsgType.TIME_TICK]: generated.TimeTickMsg,
  [MsgType.CREATE_COLLECTION]: generated.CreateCollectionMsg,
  [MsgType.DROP_COLLECTION]: generated.DropCollectionMsg,
  [MsgType.CREATE_PARTITION]: generated.CreatePartitionMsg,
  [MsgType.DROP_PARTITION]: generated.DropPartitionMsg,
  [MsgType.SEGMENT_INFO]: generated.SegmentMsg,
  [MsgType.SEGMENT_FLUSH_DONE]: generated.SegmentFlushCompletedMsg,
  [MsgType.SEGMENT_STATISTICS]: generated.SegmentStatistics,
  [MsgType.MASTER_STATISTICS]: generated.MasterStatistics,
}

interface Tagged<Type extends BodyType> {
  readonly type: Type
  readonly message: MessageOf<Type>
}

export function encodeBody<Type extends BodyType>({ type, message }: Tagged<Type>): Uint8Array {
  return encodeMessage(codecs[type], message)
}

/** INVALID_ARGUMENT for a type that no channel carries, and for what is no such message. */
export function decodeBody(type: number, payload: Uint8Array): MessageBody {
  const decode = <Type extends BodyType>(known: Type): Tagged<Type> => ({
    type: known,
    message: decodeMessage(codecs[known], `a message of type ${known}`, payload),
  })
  switch (type) {
    case MsgType.INSERT:
      return decode(MsgType.INSERT)
    case MsgType.DELETE:
      return decode(MsgType.DELETE)
    case MsgType.TIME_TICK:
      return decode(MsgType.TIME_TICK)
    case MsgType.CREATE_COLLECTION:
      return decode(MsgType.CREATE_COLLECTION)
    case MsgType.DROP_COLLECTION:
      return decode(MsgType.DROP_COLLECTION)
    case MsgType.CREATE_PARTITION:
      return decode(MsgType.CREATE_PARTITION)
    case MsgType.DROP_PARTITION:
      return decode(MsgType.DROP_PARTITION)
    case MsgType.SEGMENT_INFO:
      return decode(MsgType.SEGMENT_INFO)
    case MsgType.SEGMENT_FLUSH_DONE:
      return decode(MsgType.SEGMENT_FLUSH_DONE)
    case MsgType.SEGMENT_STATISTICS:
      return decode(MsgType.SEGMENT_STATISTICS)
    case MsgType.MASTER_STATISTICS:
      return decode(MsgType.MASTER_STATISTICS)
    default:
      throw new ElanusError('INVALID_ARGUMENT', `Cannot decode a message of type ${type}`)
  }
}
