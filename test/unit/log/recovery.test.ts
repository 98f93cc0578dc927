import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/base/crc32c.ts'
import { ElanusError } from '../../../src/base/errors.ts'
import { toId } from '../../../src/base/int64.ts'
import { seededRandom } from '../../../src/base/random.ts'
import type { Timestamp } from '../../../src/base/timestamp.ts'
import { openFileLog } from '../../../src/log/file-log.ts'
import type { LogChannel } from '../../../src/log/log.ts'
import { fileHeaderSize, recordHeaderSize, recordSizeOf } from '../../../src/log/log-format.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'

const payloadSize = 100
const recordSize = recordSizeOf(payloadSize)
const firstFile = '/log/c/00000000000000000000.log'

describe('opening a file log', () => {
  it('cuts a record that is not whole off the end, and takes its position again', async () => {
    const disk = await diskWith([2, 1])
    const bytes = disk.peek(firstFile)
    for (let size = offsetOf(2) + 1; size < offsetOf(3); size += 13) {
      disk.plant(firstFile, bytes.slice(0, size))
      await using log = await openLog(disk)
      const channel = await log.open('c')
      expect(channel.next).toBe(2n)
      expect(channel.sizeBytes).toBe(offsetOf(2))
      expect(await channel.append(at(9), [new Uint8Array(1)])).toBe(2n)
      expect(await payloadFills(channel)).toEqual([0, 1, 0])
    }
  })

  it('cuts zeros off the end, as a disk leaves them that grew a file first', async () => {
    const disk = await diskWith([2])
    disk.plant(firstFile, joined(disk.peek(firstFile), new Uint8Array(1000)))
    expect(await openAndRead(disk)).toEqual([0, 1])
  })

  it('cuts off a group with a hole: sectors reach a disk in any order', async () => {
    const disk = await diskWith([2, 4])
    const bytes = disk.peek(firstFile)
    bytes.fill(0, offsetOf(3), offsetOf(3) + recordSize)
    disk.plant(firstFile, bytes)
    expect(await openAndRead(disk)).toEqual([0, 1, 2])
  })

  it('refuses damage that a later group proves, and names file and offset', async () => {
    const disk = await diskWith([2, 1, 1])
    const bytes = disk.peek(firstFile)
    flip(bytes, offsetOf(1) + recordHeaderSize)
    disk.plant(firstFile, bytes)
    await expect(openAndRead(disk)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: text(`${firstFile} at offset ${offsetOf(1)}`),
    })
  })

  it('refuses damage in a file that is not the newest when it is read', async () => {
    const disk = await diskWith([1, 1, 1, 1], { fileSizeBytesMax: offsetOf(2) })
    const bytes = disk.peek(firstFile)
    flip(bytes, offsetOf(1) + recordHeaderSize)
    disk.plant(firstFile, bytes)
    await expect(openAndRead(disk)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: text(`${firstFile} at offset ${offsetOf(1)}`),
    })
  })

  it('never gives out damaged bytes, whichever bit flips', async () => {
    const disk = await diskWith([2, 3, 1], { fileSizeBytesMax: offsetOf(5) })
    const newest = `/log/c/${'5'.padStart(20, '0')}.log`
    for (const path of [firstFile, newest]) {
      const bytes = disk.peek(path)
      for (let at = 0; at < bytes.length; at++) {
        disk.plant(path, flip(bytes.slice(), at, 1 << (at % 8)))
        expect(await isHonest(disk), `${path}, byte ${at}`).toBe(true)
      }
      disk.plant(path, bytes)
    }
  })

  it('refuses a log with a file missing', async () => {
    const disk = await diskWith([1, 1, 1, 1, 1, 1], { fileSizeBytesMax: offsetOf(2) })
    await disk.unlink(`/log/c/${'2'.padStart(20, '0')}.log`)
    await expect(openAndRead(disk)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: text('the next file starts at 4'),
    })
  })

  it('refuses a log whose only file has a bad header and records', async () => {
    const disk = await diskWith([1])
    disk.plant(firstFile, flip(disk.peek(firstFile), 20))
    await expect(openAndRead(disk)).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('drops a newest file that a power cut left without its header', async () => {
    for (const size of [0, 1, fileHeaderSize]) {
      const disk = await diskWith([2])
      const unborn = `/log/c/${'2'.padStart(20, '0')}.log`
      disk.plant(unborn, new Uint8Array(size))
      expect(await openAndRead(disk)).toEqual([0, 1])
      expect(await disk.stat(unborn)).toBeUndefined()
    }
  })

  it('does not start anew where all that is left is a newest file without its header', async () => {
    const disk = await diskWith([2])
    await disk.unlink(firstFile)
    disk.plant(`/log/c/${'2'.padStart(20, '0')}.log`, new Uint8Array(fileHeaderSize))
    await expect(openAndRead(disk)).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('leaves files alone that are not its own', async () => {
    const disk = await diskWith([2])
    const strange = [
      'notes.txt',
      '1.log',
      '0000000000000000000a.log',
      `${firstFile.slice(-24)}.bak`,
    ]
    for (const name of strange) disk.plant(`/log/c/${name}`, Uint8Array.of(1, 2, 3))
    expect(await openAndRead(disk)).toEqual([0, 1])
    for (const name of strange) expect(disk.peek(`/log/c/${name}`)).toHaveLength(3)
  })

  it('refuses a file of a newer version', async () => {
    const disk = await diskWith([1])
    const bytes = disk.peek(firstFile)
    new DataView(bytes.buffer).setUint32(4, 2, true)
    new DataView(bytes.buffer).setUint32(36, crc32c(bytes.subarray(0, 36)), true)
    disk.plant(firstFile, bytes)
    await expect(openAndRead(disk)).rejects.toMatchObject({
      code: 'CORRUPT',
      message: text('version is 2'),
    })
  })

  it('refuses a file of another channel', async () => {
    const disk = await diskWith([1])
    const bytes = disk.peek(firstFile)
    await disk.makeFolder('/log/d')
    disk.plant(firstFile.replace('/c/', '/d/'), bytes)
    await using log = await openLog(disk)
    await expect(log.open('d')).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('is not misled by a payload that holds records of another file', async () => {
    const forged = (await diskWith([1, 1, 1, 1, 1], { salt: 1 })).peek(firstFile)
    const disk = new SimulatedDisk({ random: seededRandom(1) })
    {
      await using log = await openLog(disk, { salt: 2 })
      await (await log.open('c')).append(at(0), [forged])
    }
    // Torn at the start of the payload's last record: everything before it is still there.
    const bytes = disk.peek(firstFile)
    disk.plant(firstFile, bytes.slice(0, -recordSize))
    expect(await openAndRead(disk)).toEqual([])
  })

  it('goes on from the timestamp of the last record that is left', async () => {
    const disk = await diskWith([3])
    disk.plant(firstFile, disk.peek(firstFile).slice(0, offsetOf(2) + 5))
    await using log = await openLog(disk)
    expect((await log.open('c')).lastTimestamp).toBe(1n)
  })
})

interface LogOptions {
  readonly fileSizeBytesMax?: number
  readonly salt?: number
}

function openLog(disk: SimulatedDisk, { fileSizeBytesMax = 1 << 20, salt = 7 }: LogOptions = {}) {
  return openFileLog({
    folder: '/log',
    fileSystem: disk,
    fileSizeBytesMax,
    drawSalt: () => salt,
    onFatal: (error) => {
      throw error
    },
  })
}

/** A disk with groups of so many records; record i has timestamp i and payload bytes of i. */
async function diskWith(
  groups: readonly number[],
  options: LogOptions = {},
): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk({ random: seededRandom(1) })
  await using log = await openLog(disk, options)
  const channel = await log.open('c')
  for (const count of groups) {
    const first = Number(channel.next)
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        channel.append(at(first + i), [new Uint8Array(payloadSize).fill(first + i)]),
      ),
    )
  }
  return disk
}

async function openAndRead(disk: SimulatedDisk): Promise<readonly number[]> {
  await using log = await openLog(disk)
  return await payloadFills(await log.open('c'))
}

/** The byte that each payload is full of; NaN for one that is of several. */
async function payloadFills(channel: LogChannel): Promise<readonly number[]> {
  const fills: number[] = []
  for await (const { payload } of channel.read(channel.first)) {
    fills.push(new Set(payload).size === 1 ? (payload[0] ?? Number.NaN) : Number.NaN)
  }
  return fills
}

/**
 * Either it is CORRUPT, or everything is there. Only of the newest file's last group, for which
 * nothing vouches yet, may a damaged end be taken for a torn one.
 */
async function isHonest(disk: SimulatedDisk): Promise<boolean> {
  try {
    // Opening may cut the end off: of a copy.
    const found = await openAndRead(disk.powerCut({ random: seededRandom(1) }))
    return found.length >= 5 && found.every((fill, i) => fill === i)
  } catch (error) {
    return error instanceof ElanusError && error.code === 'CORRUPT'
  }
}

function offsetOf(recordIndex: number): number {
  return fileHeaderSize + recordIndex * recordSize
}

function flip(bytes: Uint8Array, offset: number, bits = 1): Uint8Array {
  bytes[offset] = (bytes[offset] ?? 0) ^ bits
  return bytes
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

function text(part: string): unknown {
  return expect.stringContaining(part)
}

function at(value: number): Timestamp {
  return toId<Timestamp>(BigInt(value))
}
