import type { CollectionRecord, IndexRecord } from '../../meta/records.ts'
import type { CollectionSchema } from '../../schema/collection-schema.ts'
import type { IndexDefinition } from './master.ts'

/** Whether a second CreateCollection asks for what is there: then it succeeds and changes nothing. */
export function isSameDefinition(
  existing: CollectionRecord,
  schema: CollectionSchema,
  shardCount: number,
): boolean {
  return canonical(existing.schema) === canonical(schema) && existing.shards.length === shardCount
}

export function isSameIndex(existing: IndexRecord, asked: IndexDefinition): boolean {
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
