import type { ElementType } from '../schema/element-type.ts'
import type { Metric } from '../schema/metric.ts'

/** Metrics as the WebAssembly module and index files number them. */
export const metricCodes: Readonly<Record<Metric, number>> = {
  L2: 0,
  IP: 1,
  COSINE: 2,
  HAMMING: 3,
  JACCARD: 4,
}

/** Element types as the WebAssembly module, stores and index files number them. */
export const elementCodes: Readonly<Record<ElementType, number>> = {
  float32: 0,
  float16: 1,
  bfloat16: 2,
  int8: 3,
  binary: 4,
}
