import { ElanusError, type ErrorCode } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'

export type NamedThing = 'collection' | 'alias' | 'field' | 'index' | 'partition' | 'database'

const titles: Readonly<Record<NamedThing, string>> = {
  collection: 'collection name',
  alias: 'collection alias',
  field: 'field name',
  index: 'index name',
  partition: 'partition name',
  database: 'database name',
}

/**
 * Names that clients choose: letters, digits and underscores, not starting with a digit. A
 * partition's may start with one, and hold hyphens.
 */
export function checkName(thing: NamedThing, name: string): void {
  const title = titles[thing]
  if (name === '') throw illegal(thing, name, `the ${title} should not be empty`)
  if (Buffer.byteLength(name, 'utf8') > limits.nameLengthMax) {
    throw illegal(
      thing,
      `${name.slice(0, 32)}...`,
      `the length of a ${title} must be not greater than ${limits.nameLengthMax}`,
    )
  }
  if (!/^[A-Za-z_]/.test(name) && !(thing === 'partition' && /^\d/.test(name))) {
    throw illegal(thing, name, `the first character of a ${title} must be an underscore or letter`)
  }
  const rest = thing === 'partition' ? /^[A-Za-z0-9_-]*$/ : /^[A-Za-z0-9_]*$/
  if (!rest.test(name)) {
    throw illegal(thing, name, `${title} can only contain numbers, letters and underscores`)
  }
}

function illegal(thing: NamedThing, name: string, rule: string): ElanusError {
  const message = `Invalid ${titles[thing]}: ${name}. ${rule}: invalid parameter`
  return new ElanusError(codeOf(thing), message)
}

function codeOf(thing: NamedThing): ErrorCode {
  if (thing === 'field') return 'FIELD_NAME_INVALID'
  return thing === 'database' ? 'DATABASE_NAME_INVALID' : 'INVALID_ARGUMENT'
}
