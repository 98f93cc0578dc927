/**
 * Which rows have a value: bit i % 8 of byte i / 8 is set where row i has one, as in Arrow's
 * columns. A column without such bits has a value in every row.
 */
export type Validity = Uint8Array

export function validitySizeBytes(rowCount: number): number {
  return Math.ceil(rowCount / 8)
}

export function hasValue(validity: Validity | undefined, row: number): boolean {
  return validity === undefined || (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 1
}

/** Bits from a test of each row; undefined when all have a value. */
export function validityOf(
  rowCount: number,
  isValid: (row: number) => boolean,
): Validity | undefined {
  const bits = new Uint8Array(validitySizeBytes(rowCount))
  let validCount = 0
  for (let row = 0; row < rowCount; row += 1) {
    if (!isValid(row)) continue
    setValid(bits, row)
    validCount += 1
  }
  return validCount === rowCount ? undefined : bits
}

/** Every one of so many rows has a value; the spare bits are clear. */
export function allValid(rowCount: number): Validity {
  const bits = new Uint8Array(validitySizeBytes(rowCount)).fill(0xff)
  if (rowCount % 8 !== 0) bits[bits.length - 1] = 0xff >> (8 - (rowCount % 8))
  return bits
}

/** Rows [from, to): shares the memory where a byte begins with the first of them. */
export function sliceValidity(
  validity: Validity | undefined,
  from: number,
  to: number,
): Validity | undefined {
  if (validity === undefined) return undefined
  if (from % 8 === 0)
    return validity.subarray(from >> 3, (from >> 3) + validitySizeBytes(to - from))
  const bits = new Uint8Array(validitySizeBytes(to - from))
  copyValidity(validity, { from, to }, bits, 0)
  return bits
}

export function takeValidity(
  validity: Validity | undefined,
  rows: Uint32Array,
): Validity | undefined {
  if (validity === undefined) return undefined
  return validityOf(rows.length, (index) => hasValue(validity, rows[index] ?? 0))
}

/**
 * Sets the bits of rows that have a value, in a bitset whose bits from `at` on are clear; those
 * before it stay what they are.
 */
export function copyValidity(
  validity: Validity | undefined,
  rows: { readonly from: number; readonly to: number },
  target: Validity,
  at: number,
): void {
  for (let row = rows.from; row < rows.to; row += 1) {
    if (hasValue(validity, row)) setValid(target, at + row - rows.from)
  }
}

/** How many of the first `rowCount` rows have no value. */
export function nullCount(validity: Validity | undefined, rowCount: number): number {
  if (validity === undefined) return 0
  let count = 0
  for (let row = 0; row < rowCount; row += 1) if (!hasValue(validity, row)) count += 1
  return count
}

function setValid(bits: Validity, row: number): void {
  bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7))
}
