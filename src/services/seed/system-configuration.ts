import type { Settings } from '../settings.ts'
import type { KeyValuePair } from './common-messages.ts'

/** The settings as keys, nested as in a configuration file, and values; in the order of the keys. */
export function configurationEntries(settings: Settings): readonly KeyValuePair[] {
  return flatten('', settings).sort((one, other) => (one.key < other.key ? -1 : 1))
}

function flatten(prefix: string, value: object): KeyValuePair[] {
  return Object.entries(value).flatMap(([name, entry]: [string, unknown]) => {
    const key = `${prefix}${name}`
    return typeof entry === 'object' && entry !== null
      ? flatten(`${key}.`, entry)
      : [{ key, value: String(entry) }]
  })
}
