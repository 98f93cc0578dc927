import { ElanusError } from '../base/errors.ts'

/** A name becomes a folder: letters, digits, `-` and `_`, so that it never is a path. */
const channelName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/

export function isChannelName(name: string): boolean {
  return channelName.test(name)
}

export function checkChannelName(name: string): void {
  if (isChannelName(name)) return
  const shown = JSON.stringify(name.slice(0, 64))
  throw new ElanusError(
    'INVALID_ARGUMENT',
    `Cannot open the channel ${shown}: a name is up to 200 letters, digits, '-' and '_', and starts with a letter or digit`,
  )
}
