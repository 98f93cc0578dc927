import { describe, expect, it } from 'vitest'
import { parseLikePattern } from '../../../src/expression/check/like-pattern.ts'
import { likeTest } from '../../../src/expression/evaluate/like-test.ts'

function matches(pattern: string, text: string): boolean {
  const bytes = Buffer.from(`%%${text}%%`)
  return likeTest(parseLikePattern(pattern, 0))(bytes, 2, bytes.length - 2)
}

describe('like', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['', '', true],
    ['', 'a', false],
    ['%', '', true],
    ['%%', 'abc', true],
    ['ab%', 'abc', true],
    ['ab%', 'ab', true],
    ['ab%', 'aab', false],
    ['%bc', 'abc', true],
    ['%bc', 'bcd', false],
    ['%b%', 'abc', true],
    ['%d%', 'abc', false],
    ['a%a', 'a', false],
    ['a%a', 'aa', true],
    ['%aab%', 'aaab', true],
    ['%abab%ab', 'abacababab', true],
    ['%ab%ab', 'aab', false],
    ['a_c', 'abc', true],
    ['a_c', 'ac', false],
    ['_', 'é', true],
    ['_', '😀', true],
    ['__', '😀', false],
    ['%_é%', 'é', false],
    ['%_é%', '日é', true],
    ['%é_', 'aéb', true],
    ['%_', '', false],
    ['_%_', '日本', true],
    ['%a_b%c', 'a_aXbYc', true],
    ['100\\%', '100%', true],
    ['100\\%', '1000', false],
    ['a\\_b', 'a_b', true],
    ['a\\_b', 'axb', false],
    ['a\\\\%', 'a\\b', true],
    ['a\\b', 'a\\b', true],
    ['ab\\', 'ab\\', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  it('takes time linear in a text that nearly matches', () => {
    const text = 'a'.repeat(200_000)
    const started = process.cpuUsage()
    expect(matches(`%${'a'.repeat(1_000)}b%`, text)).toBe(false)
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2)
  })
})
