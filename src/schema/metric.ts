/**
 * How near two vectors are. L2 is the squared Euclidean distance and smaller is nearer; IP and
 * COSINE are similarities and larger is nearer. Of vectors of bits, HAMMING counts those that
 * differ, and JACCARD is the share of the bits set in either that are not set in both; smaller is
 * nearer.
 */
export const metrics = ['L2', 'IP', 'COSINE', 'HAMMING', 'JACCARD'] as const

export type Metric = (typeof metrics)[number]

export const metricDefault: Metric = 'COSINE'

export function isSimilarity(metric: Metric): boolean {
  return metric === 'IP' || metric === 'COSINE'
}
