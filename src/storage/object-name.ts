import { assert } from '../base/assert.ts'

const partPattern = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/
const nameLengthMax = 512

/**
 * Names are made by us, of ids, never of what a client typed: a bad one is a bug, and the check
 * keeps even that inside the store's folder. A part does not start with a dot, so that no name is a
 * relative path or one of the store's own folders.
 */
export function checkObjectName(name: string): void {
  assert(name.length <= nameLengthMax, 'an object has a name of bounded length')
  for (const part of name.split('/')) {
    assert(partPattern.test(part), 'the parts of an object name are of [A-Za-z0-9_.-]')
  }
}

/** A prefix ends at a '/'; the empty one is the whole store's. */
export function checkObjectPrefix(prefix: string): void {
  if (prefix === '') return
  assert(prefix.endsWith('/'), 'a prefix ends at a slash')
  checkObjectName(prefix.slice(0, -1))
}
