import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { TemplateValue, TemplateValues } from '../../services/proxy/proxy.ts'
import {
  type TemplateArrayValue,
  TemplateEntry,
  type TemplateValue as TemplateValueMessage,
} from '../generated/milvus/schema.ts'
import { decodeMessage } from '../wire/message.ts'
import { countVarints, unpackBool, unpackInt64 } from '../wire/packed-varints.ts'

/**
 * The values of a filter's `{name}`s, which come as the entries of a map. A whole number is an Int64
 * and any other a Double. INVALID_ARGUMENT names the one that is no value.
 */
export function templateValuesOf(entries: readonly Uint8Array[]): TemplateValues | undefined {
  if (entries.length === 0) return undefined
  return new Map(
    entries.map((bytes) => {
      const { key, value } = decodeMessage(TemplateEntry, 'an expression template', bytes)
      return [key, valueOf(key, value)]
    }),
  )
}

function valueOf(name: string, value: TemplateValueMessage | undefined): TemplateValue {
  switch (value?.val?.$case) {
    case 'boolVal':
    case 'int64Val':
    case 'floatVal':
    case 'stringVal':
      return value.val.value
    case 'arrayVal':
      return elementsOf(name, value.val.value, 1)
    case 'bytesVal':
      throw new ElanusError(
        'UNIMPLEMENTED',
        `Filters in bytes (expression template ${name}) are not supported yet`,
      )
    case undefined:
      throw wrong(name, 'it has no value')
  }
}

function elementsOf(
  name: string,
  { data }: TemplateArrayValue,
  depth: number,
): readonly TemplateValue[] {
  if (depth > limits.expressionDepthMax) throw wrong(name, 'it is nested too deep')
  switch (data?.$case) {
    case 'boolData': {
      const packed = data.value.data
      return Array.from(unpackBool(packed, countVarints(packed)), (value) => value !== 0)
    }
    case 'longData': {
      const packed = data.value.data
      return [...unpackInt64(packed, countVarints(packed))]
    }
    case 'doubleData':
      return doublesOf(name, data.value.data)
    case 'stringData':
      return data.value.data
    case 'arrayData':
      return data.value.data.map((element) => elementsOf(name, element, depth + 1))
    case 'jsonData':
      return data.value.data.map((json) => jsonValueOf(name, json))
    case undefined:
      // A list of nothing says nothing of its type.
      return []
  }
}

function doublesOf(name: string, packed: Uint8Array): readonly number[] {
  const width = Float64Array.BYTES_PER_ELEMENT
  if (packed.length % width !== 0) throw wrong(name, 'its doubles are cut off')
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  return Array.from({ length: packed.length / width }, (_, at) => view.getFloat64(at * width, true))
}

/** Elements of several types come as JSON, each by itself. */
function jsonValueOf(name: string, bytes: Uint8Array): TemplateValue {
  return templateOf(name, parsed(name, new TextDecoder().decode(bytes)), 1)
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong(name, 'an element is no JSON')
  }
}

function templateOf(name: string, value: unknown, depth: number): TemplateValue {
  if (typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value) && depth < limits.expressionDepthMax) {
    return value.map((element: unknown) => templateOf(name, element, depth + 1))
  }
  throw wrong(name, 'an element is no value that a filter compares with')
}

function wrong(name: string, what: string): ElanusError {
  return new ElanusError('INVALID_ARGUMENT', `expression template ${name} is invalid: ${what}`)
}
