import type { Settings } from '../settings.ts'
import type { KeyValuePair } from './common-messages.ts'

/** The settings as keys and values, the keys as a configuration file would nest them. */
export function configurationEntries(settings: Settings): readonly KeyValuePair[] {
  return flatten('', settings)
}

function flatten(prefix: string, value: object): KeyValuePair[] {
  return Object.entries(value).flatMap(([name, entry]: [string, unknown]) => {
    const key = `${prefix}${name}`
    return typeof entry === 'object' && entry !== null
      ? flatten(`${key}.`, entry)
      : [{ key, value: String(entry) }]
  })
}
