import { describe, expect, it } from 'vitest'
import { crc32c, crc32cOf } from '../../../src/base/crc32c.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { seedOfRun } from '../../support/seeds.ts'

describe('crc32c', () => {
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['an iSCSI read command', iscsiReadCommand(), 0xd9963a56],
  ])('matches RFC 3720 B.4 for %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  it('is 0xe3069283 for the digits 1 to 9, as catalogues of CRCs list it', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  })

  it('is zero for no bytes', () => {
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })

  it('agrees with the definition at every length and alignment', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const memory = Uint8Array.from({ length: 400 }, () => random.below(256))
    for (let length = 0; length <= 300; length++) {
      const start = random.below(memory.length - length)
      const bytes = memory.subarray(start, start + length)
      expect(crc32c(bytes), `seed ${seed}, ${length} bytes at ${start}`).toBe(byDefinition(bytes))
    }
  })

  it('goes on from the checksum of what came before', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    const bytes = Uint8Array.from({ length: 1000 }, () => random.below(256))
    for (let i = 0; i < 100; i++) {
      const cut = random.below(bytes.length + 1)
      const parts = [bytes.subarray(0, cut), bytes.subarray(cut)]
      expect(crc32cOf(parts), `seed ${seed}, cut at ${cut}`).toBe(crc32c(bytes))
    }
  })
})

/** Bit by bit, as the polynomial says. */
function byDefinition(bytes: Uint8Array): number {
  let sum = 0xffff_ffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0)
  }
  return ~sum >>> 0
}

function iscsiReadCommand(): Uint8Array {
  const hex =
    '01c00000 00000000 00000000 00000000 14000000 00000400' +
    '00000014 00000018 28000000 00000000 02000000 00000000'
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}
