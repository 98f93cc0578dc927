import { describe, expect, it } from 'vitest'
import { checkName } from '../../../../src/services/master/names.ts'
import { codeThrown, messageThrown } from '../../../support/error-code.ts'

describe('a name', () => {
  it.each(['a', '_', '_1', 'A_b2', 'x'.repeat(255)])('may be %s', (name) => {
    expect(codeThrown(() => checkName('collection', name))).toBe('none')
  })

  it.each(['', '1a', 'a-b', 'a b', 'ä', 'a\n', '$a', 'x'.repeat(256), '😀'.repeat(64)])(
    'may not be %j',
    (name) => {
      expect(codeThrown(() => checkName('collection', name))).toBe('INVALID_ARGUMENT')
    },
  )

  it('of a partition may start with a digit and hold hyphens', () => {
    expect(codeThrown(() => checkName('partition', '2026-11-22'))).toBe('none')
    expect(codeThrown(() => checkName('partition', '-a'))).toBe('INVALID_ARGUMENT')
  })

  it('is refused with a code of its own where it names a field or a database', () => {
    expect(codeThrown(() => checkName('field', '1'))).toBe('FIELD_NAME_INVALID')
    expect(codeThrown(() => checkName('database', '1'))).toBe('DATABASE_NAME_INVALID')
  })

  it('is refused in the words that clients know', () => {
    expect(messageThrown(() => checkName('collection', '1st'))).toBe(
      'Invalid collection name: 1st. the first character of a collection name must be an ' +
        'underscore or letter: invalid parameter',
    )
    expect(messageThrown(() => checkName('alias', ''))).toBe(
      'Invalid collection alias: . the collection alias should not be empty: invalid parameter',
    )
  })
})
