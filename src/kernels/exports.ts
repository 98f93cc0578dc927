import { assert } from '../base/assert.ts'
import type { CompiledModule, SharedMemory } from './web-assembly.ts'
import { webAssembly } from './web-assembly.ts'

/**
 * The functions of the WebAssembly module, by their names in `wasm/`. Addresses are byte offsets in
 * the memory; those and counts that come back are 32 bits and signed: `>>> 0` them.
 */
export interface KernelExports {
  squared_l2_f32_scalar(a: number, b: number, elementCount: number): number
  squared_l2_f32_simd(a: number, b: number, elementCount: number): number
  squared_l2_f32_bounded_simd(a: number, b: number, elementCount: number, bound: number): number
  inner_product_f32_scalar(a: number, b: number, elementCount: number): number
  inner_product_f32_simd(a: number, b: number, elementCount: number): number
  cosine_f32_scalar(a: number, b: number, elementCount: number): number
  cosine_f32_simd(a: number, b: number, elementCount: number): number
  first_non_finite_f32_scalar(values: number, elementCount: number): number
  first_non_finite_f32_simd(values: number, elementCount: number): number

  squared_l2_f16_scalar(query: number, row: number, elementCount: number): number
  squared_l2_f16_simd(query: number, row: number, elementCount: number): number
  inner_product_f16_scalar(query: number, row: number, elementCount: number): number
  inner_product_f16_simd(query: number, row: number, elementCount: number): number
  cosine_f16_scalar(query: number, row: number, elementCount: number): number
  cosine_f16_simd(query: number, row: number, elementCount: number): number
  squared_l2_bf16_scalar(query: number, row: number, elementCount: number): number
  squared_l2_bf16_simd(query: number, row: number, elementCount: number): number
  inner_product_bf16_scalar(query: number, row: number, elementCount: number): number
  inner_product_bf16_simd(query: number, row: number, elementCount: number): number
  cosine_bf16_scalar(query: number, row: number, elementCount: number): number
  cosine_bf16_simd(query: number, row: number, elementCount: number): number
  squared_l2_i8_scalar(query: number, row: number, elementCount: number): number
  squared_l2_i8_simd(query: number, row: number, elementCount: number): number
  inner_product_i8_scalar(query: number, row: number, elementCount: number): number
  inner_product_i8_simd(query: number, row: number, elementCount: number): number
  cosine_i8_scalar(query: number, row: number, elementCount: number): number
  cosine_i8_simd(query: number, row: number, elementCount: number): number
  hamming_b1_scalar(a: number, b: number, byteCount: number): number
  hamming_b1_simd(a: number, b: number, byteCount: number): number
  jaccard_b1_scalar(a: number, b: number, byteCount: number): number
  jaccard_b1_simd(a: number, b: number, byteCount: number): number
  first_non_finite_f16_simd(values: number, elementCount: number): number
  widen_f16(source: number, target: number, elementCount: number): void
  first_non_finite_bf16_simd(values: number, elementCount: number): number
  widen_bf16(source: number, target: number, elementCount: number): void
  widen_i8(source: number, target: number, elementCount: number): void

  dot_i8_i7_scalar(a: number, b: number, elementCount: number): number
  dot_i8_i7_simd(a: number, b: number, elementCount: number): number
  dot_i7_4x2_simd(a: number, b: number, elementCount: number, products: number): void

  count_bits(bits: number, bitCount: number): number
  flat_scan(request: number): void
  // oxlint-disable-next-line max-params -- five words beat a request for a call this small
  write_nearest(heap: number, size: number, metric: number, rows: number, distances: number): void

  graph_size_bytes(parameters: number): number
  graph_place(parameters: number, graph: number): void
  graph_initialise(graph: number): void
  graph_train(graph: number): void
  graph_encode(graph: number): number
  graph_codes_are_fit(graph: number, working: number): number
  graph_open_slot(graph: number, slot: number): void
  graph_start_build(graph: number, working: number, slot: number): void
  graph_build(graph: number, working: number, slot: number): number
  graph_search(request: number): number
  graph_is_valid(graph: number): number

  ivf_size_bytes(parameters: number): number
  ivf_place(parameters: number, ivf: number): void
  ivf_start(ivf: number, space: number): void
  ivf_step(ivf: number, space: number): number
  ivf_search(request: number): number
  ivf_adopt(ivf: number, slot: number): number
  sum_block_scalar(block: number, table: number, partCount: number, sums: number): void
  sum_block_simd(block: number, table: number, partCount: number, sums: number): void
  dot_tile_f32_simd(rows: number, columns: number, stride: number, products: number): void
  rotate_vector(values: number, elementCount: number, seed: number): void

  ivf_words(): number
  ivf_parameters_words(): number
  ivf_search_request_words(): number
  ivf_space_bytes(): number
  flat_scan_request_words(): number
  graph_words(): number
  graph_parameters_words(): number
  graph_search_request_words(): number
  working_space_bytes(): number
}

const exportNames: readonly (keyof KernelExports)[] = [
  'squared_l2_f32_scalar',
  'squared_l2_f32_simd',
  'squared_l2_f32_bounded_simd',
  'inner_product_f32_scalar',
  'inner_product_f32_simd',
  'cosine_f32_scalar',
  'cosine_f32_simd',
  'first_non_finite_f32_scalar',
  'first_non_finite_f32_simd',
  'squared_l2_f16_scalar',
  'squared_l2_f16_simd',
  'inner_product_f16_scalar',
  'inner_product_f16_simd',
  'cosine_f16_scalar',
  'cosine_f16_simd',
  'squared_l2_bf16_scalar',
  'squared_l2_bf16_simd',
  'inner_product_bf16_scalar',
  'inner_product_bf16_simd',
  'cosine_bf16_scalar',
  'cosine_bf16_simd',
  'squared_l2_i8_scalar',
  'squared_l2_i8_simd',
  'inner_product_i8_scalar',
  'inner_product_i8_simd',
  'cosine_i8_scalar',
  'cosine_i8_simd',
  'hamming_b1_scalar',
  'hamming_b1_simd',
  'jaccard_b1_scalar',
  'jaccard_b1_simd',
  'first_non_finite_f16_simd',
  'widen_f16',
  'first_non_finite_bf16_simd',
  'widen_bf16',
  'widen_i8',
  'dot_i8_i7_scalar',
  'dot_i8_i7_simd',
  'dot_i7_4x2_simd',
  'count_bits',
  'flat_scan',
  'write_nearest',
  'graph_size_bytes',
  'graph_place',
  'graph_initialise',
  'graph_train',
  'graph_encode',
  'graph_codes_are_fit',
  'graph_open_slot',
  'graph_start_build',
  'graph_build',
  'graph_search',
  'graph_is_valid',
  'ivf_size_bytes',
  'ivf_place',
  'ivf_start',
  'ivf_step',
  'ivf_search',
  'ivf_adopt',
  'sum_block_scalar',
  'sum_block_simd',
  'dot_tile_f32_simd',
  'rotate_vector',
  'ivf_words',
  'ivf_parameters_words',
  'ivf_search_request_words',
  'ivf_space_bytes',
  'flat_scan_request_words',
  'graph_words',
  'graph_parameters_words',
  'graph_search_request_words',
  'working_space_bytes',
]

/** Instantiates the module on a memory, with its stack at `stackTop` (it grows towards zero). */
export function instantiateKernels(
  module: CompiledModule,
  memory: SharedMemory,
  stackTop: number,
): KernelExports {
  const { exports } = new webAssembly.Instance(module, { env: { memory } })
  for (const name of exportNames) {
    assert(typeof exports[name] === 'function', `the module exports ${name}`)
  }
  const { __stack_pointer: stackPointer } = exports
  assert(isMutableGlobal(stackPointer), 'the module exports its stack pointer')
  stackPointer.value = stackTop
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each was seen to be a function
  return exports as unknown as KernelExports
}

function isMutableGlobal(value: unknown): value is { value: number } {
  return typeof value === 'object' && value !== null && 'value' in value
}
