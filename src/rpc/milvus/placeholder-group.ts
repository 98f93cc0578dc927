import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { dataTypeOf, isVectorType, type VectorTypeName } from '../../schema/data-type.ts'
import { PlaceholderGroup, PlaceholderType } from '../generated/milvus/common.ts'
import { decodeMessage } from '../wire/message.ts'

/** Vectors to search for, one after the other, little-endian, of equal size. */
export interface Queries {
  readonly queryType: VectorTypeName
  readonly queryCount: number
  readonly queries: Uint8Array
}

/**
 * The vectors of a search, which come as a message within its own. One vector is a view of the
 * request; several are brought together.
 */
export function queriesOf(bytes: Uint8Array): Queries {
  const { placeholders } = decodeMessage(PlaceholderGroup, 'the placeholder group', bytes)
  const [placeholder, second] = placeholders
  if (placeholder === undefined) throw wrong('the placeholder group is empty')
  if (second !== undefined) {
    throw wrong(`the placeholder group holds ${placeholders.length} placeholders, not one`)
  }
  const queryType = dataTypeOf(placeholder.type)
  if (queryType === undefined || !isVectorType(queryType)) {
    const name = Object.entries(PlaceholderType).find(([, type]) => type === placeholder.type)?.[0]
    throw new ElanusError(
      'UNIMPLEMENTED',
      `Search for ${name ?? `placeholder type ${placeholder.type}`} is not supported yet`,
    )
  }
  if (placeholder.elementLevel) {
    throw new ElanusError(
      'UNIMPLEMENTED',
      'Search for elements (element_level) is not supported yet',
    )
  }
  const { values } = placeholder
  return { queryType, queryCount: values.length, queries: joined(values) }
}

function joined(values: readonly Uint8Array[]): Uint8Array {
  const [first] = values
  if (first === undefined) throw wrong('nq [0] is invalid: the placeholder group holds no vector')
  if (values.length > limits.queryCountMax) {
    throw wrong(
      `nq [${values.length}] is invalid: it should be in range [1, ${limits.queryCountMax}]`,
    )
  }
  const odd = values.find((value) => value.byteLength !== first.byteLength)
  if (odd !== undefined) {
    throw wrong(
      `vectors differ in size: one has ${first.byteLength} bytes, another ${odd.byteLength}`,
    )
  }
  if (values.length === 1) return first
  const queries = new Uint8Array(first.byteLength * values.length)
  values.forEach((value, index) => {
    queries.set(value, index * first.byteLength)
  })
  return queries
}

function wrong(what: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', what)
}
