import { present } from '../../base/assert.ts'
import { ElanusError } from '../../base/errors.ts'
import type { CollectionRecord, IndexRecord } from '../../meta/records.ts'
import { jsonPathIn } from '../../scalar-index/scalar-index-types.ts'
import type { CollectionSchema } from '../../schema/collection-schema.ts'
import type { IndexDefinition } from './master.ts'

/** Whether a second CreateCollection asks for what is there: then it succeeds and changes nothing. */
export function isSameDefinition(
  existing: CollectionRecord,
  schema: CollectionSchema,
  { shardCount, names }: { readonly shardCount: number; readonly names: readonly string[] },
): boolean {
  return (
    canonical(existing.schema) === canonical(schema) &&
    existing.shards.length === shardCount &&
    (schema.partitionKeyId === undefined || existing.partitions.length === names.length)
  )
}

/** The index that the definition asks for, if it is there; INDEX_DUPLICATE for one in its way. */
export function findEqualIndex(
  record: CollectionRecord,
  definition: IndexDefinition,
): IndexRecord | undefined {
  const path = jsonPathIn(definition.given)
  const onField = record.indexes.find(
    ({ fieldId, given }) => fieldId === definition.fieldId && jsonPathIn(given) === path,
  )
  if (onField !== undefined) {
    if (isSameIndex(onField, definition)) return onField
    const field = present(
      record.schema.fields.find(({ id }) => id === definition.fieldId),
      'an index is on a field of its collection',
    )
    throw new ElanusError(
      'INDEX_DUPLICATE',
      `at most one distinct index is allowed per field[field=${field.name}][index=${onField.name}]`,
    )
  }
  const named = record.indexes.find(({ name }) => name === definition.name)
  if (named === undefined) return undefined
  throw new ElanusError(
    'INDEX_DUPLICATE',
    `CreateIndex failed: index name ${definition.name} is taken by another field`,
  )
}

function isSameIndex(existing: IndexRecord, asked: IndexDefinition): boolean {
  return (
    existing.name === asked.name &&
    existing.type === asked.type &&
    existing.metric === asked.metric &&
    canonical(sorted(existing.params)) === canonical(sorted(asked.params))
  )
}

function sorted(params: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(params).sort(([one], [other]) => (one < other ? -1 : 1))
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part,
  )
}
