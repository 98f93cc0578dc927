import { ElanusError } from '../base/errors.ts'
import type { ElementType } from '../schema/element-type.ts'
import { firstNonFinite } from '../vector-index/finite.ts'

/** Throws INVALID_ARGUMENT for NaN and infinity, which are near to nothing. `firstRow` is the first's. */
export function checkFinite(
  bytes: Uint8Array,
  { dimension, elementType }: { readonly dimension: number; readonly elementType: ElementType },
  firstRow: number,
): void {
  const found = firstNonFinite(bytes, elementType)
  if (found < 0) return
  const row = firstRow + Math.floor(found / dimension)
  const message = `Cannot take vector ${row}: its element ${found % dimension} is no finite number`
  throw new ElanusError('INVALID_ARGUMENT', message)
}
