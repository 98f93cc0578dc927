import type { Literal } from '../plan.ts'
import type { JsonEquality } from './json-literals.ts'
import { jsonEqualTo, plainNumber } from './json-literals.ts'
import type { JsonKind, JsonText } from './json-scan.ts'
import { boolAt, hasEscape, kindAt, numberAt, textEnd, unescapeText } from './json-scan.ts'
import { LaneTable } from './lane-table.ts'
import { TextTable } from './text-tests.ts'

/** Constants of mixed classes, to look JSON values up in. Each has a number, from zero on. */
export class JsonTable {
  readonly entryCount: number
  readonly #kinds: ReadonlySet<JsonKind>
  readonly #doubles: LaneTable
  readonly #int64s: LaneTable
  readonly #texts: TextTable
  readonly #bools: readonly boolean[]
  readonly #lists: readonly JsonEquality[]
  /** The number of the first entry of each class but the doubles, which come first. */
  readonly #first: {
    readonly int64: number
    readonly text: number
    readonly bool: number
    readonly list: number
  }

  constructor(literals: readonly Literal[]) {
    const values = new Set(literals.map(plainValue))
    const doubles = [...values].filter((value) => typeof value === 'number')
    const int64s = [...values].filter((value) => typeof value === 'bigint')
    const texts = [...values].filter((value) => typeof value === 'string')
    this.#bools = [...values].filter((value) => typeof value === 'boolean')
    this.#lists = literals.filter(({ type }) => type === 'List').map(jsonEqualTo)
    this.#doubles = new LaneTable(new Float64Array(doubles))
    this.#int64s = new LaneTable(new BigInt64Array(int64s))
    this.#texts = new TextTable(texts)
    const int64 = doubles.length
    const text = int64 + int64s.length
    const bool = text + texts.length
    const list = bool + this.#bools.length
    this.#first = { int64, text, bool, list }
    this.entryCount = list + this.#lists.length
    this.#kinds = new Set(literals.map(kindOf))
  }

  /** Could a value of this kind be in the table? With an empty table any value could. */
  compares(kind: JsonKind): boolean {
    if (kind === 'none' || kind === 'null') return false
    return this.#kinds.size === 0 || this.#kinds.has(kind)
  }

  /** Shows the numbers of the entries that the value at `at` is equal to. */
  visitEntries(text: JsonText, at: number, visit: (entry: number) => void): void {
    if (kindAt(text, at) === 'array') {
      for (const [i, isEqual] of this.#lists.entries()) {
        if (isEqual(text, at) === true) visit(this.#first.list + i)
      }
      return
    }
    const entry = this.#find(text, at)
    if (entry !== -1) visit(entry)
  }

  #find(text: JsonText, at: number): number {
    switch (kindAt(text, at)) {
      case 'number':
        return this.#findNumber(plainNumber(numberAt(text, at)))
      case 'text':
        return from(this.#first.text, this.#findText(text, at))
      case 'bool':
        return from(this.#first.bool, this.#bools.indexOf(boolAt(text, at)))
      case 'array':
      case 'object':
      case 'null':
      case 'none':
        return -1
    }
  }

  #findNumber(value: number | bigint): number {
    return typeof value === 'number'
      ? this.#doubles.findDouble(value)
      : from(this.#first.int64, this.#int64s.findInt64(value))
  }

  #findText({ bytes, end }: JsonText, at: number): number {
    const start = at + 1
    const stop = textEnd({ bytes, end }, at) - 1
    if (!hasEscape(bytes, start, stop)) return this.#texts.find(bytes, start, stop)
    const text = unescapeText(bytes, start, stop)
    return text === undefined ? -1 : this.#texts.find(text, 0, text.length)
  }
}

/** A place in a class's table as an entry's number. */
function from(first: number, place: number): number {
  return place === -1 ? -1 : first + place
}

function plainValue(literal: Literal): number | bigint | string | boolean | undefined {
  switch (literal.type) {
    case 'Int64':
    case 'Double':
      return plainNumber(literal.value)
    case 'Bool':
    case 'VarChar':
      return literal.value
    case 'List':
      return undefined
  }
}

function kindOf({ type }: Literal): JsonKind {
  switch (type) {
    case 'Int64':
    case 'Double':
      return 'number'
    case 'Bool':
      return 'bool'
    case 'VarChar':
      return 'text'
    case 'List':
      return 'array'
  }
}
