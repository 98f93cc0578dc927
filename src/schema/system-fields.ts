import type { FieldId } from '../base/int64.ts'
import { toId } from '../base/int64.ts'

/** Every row has these two beside its own fields; clients never see them. */
export const rowIdFieldId = toId<FieldId>(0n)
export const timestampFieldId = toId<FieldId>(1n)
/** The first id of a client's own field. */
export const userFieldIdMin = toId<FieldId>(100n)
export const systemFieldNames = ['RowID', 'Timestamp'] as const

export const partitionNameDefault = '_default'
export const databaseNameDefault = 'default'
