import type { CollectionSchema, FieldSchema } from '../../schema/collection-schema.ts'

/** What a VarChar takes on average, as Milvus reckons; its longest value is far above that. */
const varCharSizeBytes = 125
/** A row's id and timestamp. */
const systemFieldsSizeBytes = 16

/**
 * What a row takes in a segment, for who wants a place for rows that are not there yet. Rows that
 * have come are counted by their true size.
 */
export function estimatedRowSizeBytes(schema: CollectionSchema): number {
  return schema.fields.reduce((sum, field) => sum + sizeOf(field), systemFieldsSizeBytes)
}

function sizeOf(field: FieldSchema): number {
  switch (field.type) {
    case 'Bool':
    case 'Int8':
      return 1
    case 'Int16':
      return 2
    case 'Int32':
    case 'Float':
      return 4
    case 'Int64':
    case 'Double':
      return 8
    case 'VarChar':
      return Math.min(field.lengthMax, varCharSizeBytes)
    case 'FloatVector':
      return field.dimension * Float32Array.BYTES_PER_ELEMENT
  }
}
