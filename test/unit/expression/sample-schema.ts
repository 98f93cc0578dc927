import type { FieldId } from '../../../src/base/int64.ts'
import { toId } from '../../../src/base/int64.ts'
import type { FilterField, FilterSchema } from '../../../src/expression/filter-schema.ts'

const id = (value: bigint): FieldId => toId<FieldId>(value)

/** A field of each type; all but the key may be null in rows. */
const fieldList: readonly FilterField[] = [
  { id: id(100n), name: 'id', type: 'Int64' },
  { id: id(101n), name: 'flag', type: 'Bool' },
  { id: id(102n), name: 'tiny', type: 'Int8' },
  { id: id(103n), name: 'short', type: 'Int16' },
  { id: id(104n), name: 'count', type: 'Int32' },
  { id: id(105n), name: 'big', type: 'Int64' },
  { id: id(106n), name: 'ratio', type: 'Float' },
  { id: id(107n), name: 'price', type: 'Double' },
  { id: id(108n), name: 'title', type: 'VarChar' },
  { id: id(109n), name: 'meta', type: 'JSON' },
  { id: id(110n), name: 'numbers', type: 'Array', elementType: 'Int32' },
  { id: id(111n), name: 'bigs', type: 'Array', elementType: 'Int64' },
  { id: id(112n), name: 'words', type: 'Array', elementType: 'VarChar' },
  { id: id(113n), name: 'floats', type: 'Array', elementType: 'Float' },
  { id: id(114n), name: 'vector', type: 'FloatVector' },
  { id: id(115n), name: '$meta', type: 'JSON' },
]

const fields = new Map(fieldList.map((field) => [field.name, field]))

export const sampleSchema: FilterSchema = {
  fields,
  primaryKeyId: id(100n),
  dynamicFieldId: id(115n),
}

export const staticSchema: FilterSchema = {
  fields: new Map([...fields].filter(([name]) => name !== '$meta')),
  primaryKeyId: id(100n),
  dynamicFieldId: undefined,
}

export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** A row as a program would write it; undefined is null. */
export interface SampleRow {
  readonly id: bigint
  readonly flag: boolean | undefined
  readonly tiny: number | undefined
  readonly short: number | undefined
  readonly count: number | undefined
  readonly big: bigint | undefined
  readonly ratio: number | undefined
  readonly price: number | undefined
  readonly title: string | undefined
  readonly meta: Json | undefined
  readonly numbers: readonly number[] | undefined
  readonly bigs: readonly bigint[] | undefined
  readonly words: readonly string[] | undefined
  readonly floats: readonly number[] | undefined
  readonly $meta: Json | undefined
}
