import { ElanusError } from '../../base/errors.ts'
import { databaseNameDefault } from '../../schema/system-fields.ts'

export function collectionNotFound(databaseName: string, collectionName: string): ElanusError {
  const database = databaseName === '' ? databaseNameDefault : databaseName
  return new ElanusError(
    'COLLECTION_NOT_FOUND',
    `collection not found[database=${database}][collection=${collectionName}]`,
  )
}
