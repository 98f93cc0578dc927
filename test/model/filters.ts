import type { Random } from '../../src/base/random.ts'
import type { ModelRow } from './model.ts'

/** A filter as text, and what it says of a row; undefined where a null leaves it open. */
export interface ModelFilter {
  readonly text: string
  readonly test: (row: ModelRow) => boolean | undefined
}

/** Sizes, ids and the last digits of tags, compared with what about half of the rows have. */
export function drawFilter(random: Random, depth = 2): ModelFilter {
  if (depth === 0 || random.below(3) === 0) return drawComparison(random)
  const one = drawFilter(random, depth - 1)
  const other = drawFilter(random, depth - 1)
  switch (random.below(3)) {
    case 0:
      return { text: `not (${one.text})`, test: (row) => negated(one.test(row)) }
    case 1:
      return {
        text: `(${one.text}) and (${other.text})`,
        test: (row) => both(one.test(row), other.test(row)),
      }
    default:
      return {
        text: `(${one.text}) or (${other.text})`,
        test: (row) => negated(both(negated(one.test(row)), negated(other.test(row)))),
      }
  }
}

function drawComparison(random: Random): ModelFilter {
  const bound = BigInt(random.below(100))
  switch (random.below(6)) {
    case 0:
      return { text: `size < ${bound}`, test: ({ size }) => known(size, (value) => value < bound) }
    case 1:
      return {
        text: `size >= ${bound}`,
        test: ({ size }) => known(size, (value) => value >= bound),
      }
    case 2: {
      const listed = Array.from({ length: 20 }, () => BigInt(random.below(100)))
      return {
        text: `size in [${listed.join(', ')}]`,
        test: ({ size }) => known(size, (value) => listed.includes(value)),
      }
    }
    case 3:
      return { text: 'size is null', test: ({ size }) => size === null }
    case 4: {
      const digit = String(random.below(10))
      return { text: `tag like "%${digit}"`, test: ({ tag }) => tag.endsWith(digit) }
    }
    default: {
      const id = bound % 40n
      return { text: `id > ${id}`, test: (row) => row.id > id }
    }
  }
}

function known(size: bigint | null, test: (size: bigint) => boolean): boolean | undefined {
  return size === null ? undefined : test(size)
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

/** Kleene's conjunction: false with anything is false, else what is open stays open. */
function both(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  if (one === false || other === false) return false
  return one === undefined || other === undefined ? undefined : true
}
