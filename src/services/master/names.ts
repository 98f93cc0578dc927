import { ElanusError } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'

export type NamedThing = 'collection' | 'field' | 'index' | 'partition' | 'database'

/** Names that clients choose: letters, digits and underscores, not starting with a digit. */
export function checkName(thing: NamedThing, name: string): void {
  if (name === '') throw illegal(thing, name, `the ${thing} name should not be empty`)
  if (Buffer.byteLength(name, 'utf8') > limits.nameLengthMax) {
    const clipped = `${name.slice(0, 32)}...`
    throw illegal(
      thing,
      clipped,
      `the length of a ${thing} name must be not greater than ${limits.nameLengthMax}`,
    )
  }
  if (!/^[A-Za-z_]/.test(name)) {
    throw illegal(
      thing,
      name,
      `the first character of a ${thing} name must be an underscore or letter`,
    )
  }
  if (!/^[A-Za-z0-9_]*$/.test(name)) {
    throw illegal(thing, name, `${thing} name can only contain numbers, letters and underscores`)
  }
}

function illegal(thing: NamedThing, name: string, rule: string): ElanusError {
  const code = thing === 'field' ? 'FIELD_NAME_INVALID' : 'INVALID_ARGUMENT'
  return new ElanusError(code, `Invalid ${thing} name: ${name}. ${rule}: invalid parameter`)
}
