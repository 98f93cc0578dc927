import type { Metric } from './metric.ts'

/** What a vector is made of; a binary vector's elements are bits, eight a byte, lowest first. */
export const elementTypes = ['float32', 'float16', 'bfloat16', 'int8', 'binary'] as const

export type ElementType = (typeof elementTypes)[number]

export const elementBits: Readonly<Record<ElementType, number>> = {
  float32: 32,
  float16: 16,
  bfloat16: 16,
  int8: 8,
  binary: 1,
}

/** A vector's bytes as they travel; a binary dimension is a multiple of 8. */
export function vectorSizeBytes(elementType: ElementType, dimension: number): number {
  return (dimension * elementBits[elementType]) / 8
}

const numberMetrics: readonly Metric[] = ['L2', 'IP', 'COSINE']
const bitMetrics: readonly Metric[] = ['HAMMING', 'JACCARD']

/** The metrics that compare such vectors. */
export function metricsOf(elementType: ElementType): readonly Metric[] {
  return elementType === 'binary' ? bitMetrics : numberMetrics
}

export function metricDefaultOf(elementType: ElementType): Metric {
  return elementType === 'binary' ? 'HAMMING' : 'COSINE'
}
