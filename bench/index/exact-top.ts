import type { Metric } from '../../src/schema/metric.ts'

export interface ExactRequest {
  readonly base: Float32Array
  readonly queries: Float32Array
  readonly dimension: number
  readonly metric: Metric
  readonly topk: number
  /** Rows that may be found; all unless given. */
  readonly isIn?: (row: number) => boolean
}

/**
 * The `topk` nearest ids of each query, nearest first, ties by id; -1 where there are fewer. Plain
 * arithmetic in double precision and no index, on purpose: it is what indexes are judged by.
 */
export function exactTop(request: ExactRequest): Int32Array {
  const { base, queries, dimension, metric, topk, isIn = () => true } = request
  const count = base.length / dimension
  const queryCount = queries.length / dimension
  const rows = Int32Array.from({ length: count }, (_, row) => row).filter(isIn)
  const norms = metric === 'COSINE' ? normsOf(base, dimension, rows) : undefined
  const found = new Int32Array(queryCount * topk).fill(-1)
  for (let query = 0; query < queryCount; query++) {
    const at = queries.subarray(query * dimension, (query + 1) * dimension)
    const top = new Top(topk)
    for (const [place, row] of rows.entries()) {
      const key =
        metric === 'L2'
          ? squaredDistance(at, base, row * dimension)
          : -product(at, base, row * dimension) / (norms?.[place] ?? 1)
      top.offer(key, row)
    }
    found.set(top.ids(), query * topk)
  }
  return found
}

/** The smallest keys, in order. Rows are offered by rising id, so that ties keep the lower. */
class Top {
  readonly #keys: Float64Array
  readonly #rows: Int32Array
  #count = 0

  constructor(size: number) {
    this.#keys = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
    this.#rows = new Int32Array(size)
  }

  offer(key: number, row: number): void {
    const last = this.#keys.length - 1
    if (key >= (this.#keys[last] ?? 0)) return
    this.#count = Math.min(this.#keys.length, this.#count + 1)
    let place = last
    for (; place > 0 && (this.#keys[place - 1] ?? 0) > key; place--) {
      this.#keys[place] = this.#keys[place - 1] ?? 0
      this.#rows[place] = this.#rows[place - 1] ?? 0
    }
    this.#keys[place] = key
    this.#rows[place] = row
  }

  ids(): Int32Array {
    return this.#rows.subarray(0, this.#count)
  }
}

/** The query's own length is the same for all rows. */
function normsOf(base: Float32Array, dimension: number, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => {
    const at = base.subarray(row * dimension, (row + 1) * dimension)
    return Math.sqrt(product(at, at, 0)) || 1
  })
}

function squaredDistance(query: Float32Array, base: Float32Array, start: number): number {
  let sum = 0
  for (let column = 0; column < query.length; column++) {
    const difference = (query[column] ?? 0) - (base[start + column] ?? 0)
    sum += difference * difference
  }
  return sum
}

function product(query: Float32Array, base: Float32Array, start: number): number {
  let sum = 0
  for (let column = 0; column < query.length; column++) {
    sum += (query[column] ?? 0) * (base[start + column] ?? 0)
  }
  return sum
}

/** The share of the exact ids that were found, over all queries. */
export function recallOf(found: ArrayLike<number>, exact: Int32Array, topk: number): number {
  let wanted = 0
  let hits = 0
  for (let first = 0; first < exact.length; first += topk) {
    const ids = new Set(exact.subarray(first, first + topk))
    ids.delete(-1)
    wanted += ids.size
    for (let rank = 0; rank < topk; rank++) if (ids.delete(found[first + rank] ?? -1)) hits++
  }
  return wanted === 0 ? 1 : hits / wanted
}
