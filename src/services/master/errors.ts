import { ElanusError } from '../../base/errors.ts'
import { databaseNameDefault } from '../../schema/system-fields.ts'

export function collectionNotFound(databaseName: string, collectionName: string): ElanusError {
  return new ElanusError(
    'COLLECTION_NOT_FOUND',
    `collection not found[database=${orDefault(databaseName)}][collection=${collectionName}]`,
  )
}

export function databaseNotFound(databaseName: string): ElanusError {
  return new ElanusError(
    'DATABASE_NOT_FOUND',
    `database not found[database=${orDefault(databaseName)}]`,
  )
}

export function aliasNotFound(databaseName: string, alias: string): ElanusError {
  return new ElanusError(
    'ALIAS_NOT_FOUND',
    `alias not found[database=${orDefault(databaseName)}][alias=${alias}]`,
  )
}

/** A name cannot be a collection's and an alias at once. */
export function nameTaken(databaseName: string, name: string): ElanusError {
  return new ElanusError(
    'ALIAS_NAME_TAKEN',
    `alias and collection name conflict[database=${orDefault(databaseName)}][alias=${name}]`,
  )
}

function orDefault(databaseName: string): string {
  return databaseName === '' ? databaseNameDefault : databaseName
}
