import {
  type ArrayField,
  type CollectionSchema,
  type FieldSchema,
  isVectorField,
} from '../../schema/collection-schema.ts'
import { vectorRowSizeBytes } from '../../schema/data-type.ts'
import { fixedWidthBytes } from '../../schema/fixed-column.ts'

/** What a text takes on average, as Milvus reckons; the longest is far above that. */
const textSizeBytes = 125
/** How many elements an Array has on average, for want of knowledge. */
const elementCount = 16
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
  if (isVectorField(field)) return vectorRowSizeBytes(field.type, field.dimension)
  switch (field.type) {
    case 'VarChar':
      return Math.min(field.lengthMax, textSizeBytes)
    case 'JSON':
      return textSizeBytes
    case 'Array':
      return Math.min(field.capacityMax, elementCount) * elementSizeOf(field)
    default:
      return fixedWidthBytes[field.type]
  }
}

function elementSizeOf({ elementType, lengthMax = textSizeBytes }: ArrayField): number {
  if (elementType !== 'VarChar') return fixedWidthBytes[elementType]
  return Math.min(lengthMax, textSizeBytes)
}
