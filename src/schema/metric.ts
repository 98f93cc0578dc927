/**
 * How near two vectors are. L2 is the squared Euclidean distance and smaller is nearer; IP and
 * COSINE are similarities and larger is nearer.
 */
export const metrics = ['L2', 'IP', 'COSINE'] as const

export type Metric = (typeof metrics)[number]

export const metricDefault: Metric = 'COSINE'

export function isSimilarity(metric: Metric): boolean {
  return metric !== 'L2'
}
