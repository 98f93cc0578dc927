import type { Metric } from '../schema/metric.ts'

/** Metrics as the WebAssembly module and index files number them. */
export const metricCodes: Readonly<Record<Metric, number>> = { L2: 0, IP: 1, COSINE: 2 }
