import { assert } from '../base/assert.ts'
import { ElanusError } from '../base/errors.ts'
import type { Attachment } from '../kernels/attachment.ts'
import type { Words } from '../kernels/requests.ts'
import { graphParametersWords, graphWords, writeWords } from '../kernels/requests.ts'
import type { IndexSpec } from './contract.ts'
import { metricCodes } from './metric-code.ts'

export type GraphParameters = Words<typeof graphParametersWords>

/** In the order that `sq_type` is kept by. From BF16 on, walks go by the rows themselves. */
export const quantizations = ['SQ6', 'SQ8', 'BF16', 'FP16'] as const

const wideQuantizationFirst = quantizations.indexOf('BF16')

/** What a graph over a store's rows is made with. `rows` is where they lie. */
export function graphParametersOf(
  spec: IndexSpec,
  rows: { readonly address: number; readonly count: number; readonly stride: number },
  slotCount: number,
): GraphParameters {
  const { M: linksMax, efConstruction, seed } = spec.params
  const quantization = spec.params['sq_type']
  assert(linksMax !== undefined && efConstruction !== undefined, 'a graph has its parameters')
  return {
    rows: rows.address,
    rowCount: rows.count,
    rowStride: rows.stride,
    metric: metricCodes[spec.metric],
    linksMax,
    efConstruction,
    seed: seed ?? 0,
    slotCount,
    hasCodes: quantization === undefined || quantization < wideQuantizationFirst ? 1 : 0,
  }
}

/** Throws MEMORY_LIMIT_EXCEEDED for one that no memory could hold. */
export function graphSizeBytes(attachment: Attachment, parameters: GraphParameters): number {
  stageParameters(attachment, parameters)
  const sizeBytes = attachment.exports.graph_size_bytes(attachment.addresses.request)
  if (sizeBytes < 2 ** 32) return sizeBytes
  const message = `Cannot index ${parameters.rowCount} rows with M ${parameters.linksMax}: the graph would be ${sizeBytes} bytes`
  throw new ElanusError('MEMORY_LIMIT_EXCEEDED', message)
}

/** Writes an empty graph's description at `address`, where `graphSizeBytes` are free. */
export function placeGraph(
  attachment: Attachment,
  parameters: GraphParameters,
  address: number,
): void {
  stageParameters(attachment, parameters)
  attachment.exports.graph_place(attachment.addresses.request, address)
}

function stageParameters(attachment: Attachment, parameters: GraphParameters): void {
  const { request, result } = attachment.addresses
  const first = request / Uint32Array.BYTES_PER_ELEMENT
  writeWords(attachment.words(result), first, graphParametersWords, parameters)
}

export type GraphWord = (typeof graphWords)[number]

/** The words that describe a graph, shared by all threads that have it open. */
export class GraphDescription {
  readonly #words: Uint32Array<SharedArrayBuffer>
  readonly #signed: Int32Array<SharedArrayBuffer>

  constructor(attachment: Attachment, address: number) {
    const sizeBytes = graphWords.length * Uint32Array.BYTES_PER_ELEMENT
    const { buffer } = attachment.bytes(address + sizeBytes)
    this.#words = new Uint32Array(buffer, address, graphWords.length)
    this.#signed = new Int32Array(buffer, address, graphWords.length)
  }

  get(name: GraphWord): number {
    return Atomics.load(this.#words, graphWords.indexOf(name))
  }

  set(name: GraphWord, value: number): void {
    Atomics.store(this.#words, graphWords.indexOf(name), value)
  }

  add(name: GraphWord, count: number): number {
    return Atomics.add(this.#words, graphWords.indexOf(name), count) + count
  }

  /** True for the one thread that made the change. */
  change(name: GraphWord, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, graphWords.indexOf(name), from, to) === from
  }

  /** Until the word is no longer `value`, or for a while. */
  waitWhile(name: GraphWord, value: number, timeoutMs: number): void {
    Atomics.wait(this.#signed, graphWords.indexOf(name), value, timeoutMs)
  }

  wake(name: GraphWord): void {
    Atomics.notify(this.#signed, graphWords.indexOf(name))
  }
}
