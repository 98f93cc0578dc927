import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StringArray } from '../../../src/rpc/generated/milvus/schema.ts'
import { packStrings, unpackStrings } from '../../../src/rpc/wire/packed-strings.ts'

function valuesOf({ offsets, bytes }: { offsets: Uint32Array; bytes: Uint8Array }): string[] {
  return Array.from({ length: offsets.length - 1 }, (_, index) =>
    Buffer.from(bytes).toString('utf8', offsets[index], offsets[index + 1]),
  )
}

describe('packed strings', () => {
  it('are what the generated codec reads and writes', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 })
    fc.assert(
      fc.property(fc.array(text), (values) => {
        const message = StringArray.encode({ data: values }).finish()
        const run = unpackStrings(message, values.length)
        expect(valuesOf(run)).toEqual(values)
        expect([...packStrings(run)]).toEqual([...message])
      }),
    )
  })

  it('are written from a run that is a part of a longer one', () => {
    const bytes = Buffer.from('abcdef')
    const message = packStrings({ offsets: Uint32Array.of(2, 3, 5), bytes })
    expect(StringArray.decode(message).data).toEqual(['c', 'de'])
  })

  it('are refused when there are not as many as expected', () => {
    const message = StringArray.encode({ data: ['one', 'two'] }).finish()
    expect(() => unpackStrings(message, 1)).toThrow('there are more than 1 values')
    expect(() => unpackStrings(message, 3)).toThrow('there are 2 values, not 3')
  })

  it('are refused before a place is made when there cannot be as many', () => {
    expect(() => unpackStrings(Uint8Array.of(0x0a, 0), 2 ** 30)).toThrow('2 bytes cannot hold')
  })

  it('are refused when a value is cut off or its length is beyond any request', () => {
    expect(() => unpackStrings(Uint8Array.of(0x0a, 5, 1), 1)).toThrow('value 0 is cut off')
    const endless = Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff)
    expect(() => unpackStrings(endless, 1)).toThrow('a length has more than four bytes')
  })
})
