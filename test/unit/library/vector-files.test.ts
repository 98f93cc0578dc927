import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  Field,
  FixedSizeList,
  Float32,
  Table,
  tableFromArrays,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ReadVectorsOptions,
  readVectors,
} from '../../../src/library/vector-files/read-vectors.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const rows = [
  [1, 2, 3],
  [4, 5, 6.5],
  [-7, 8, 9],
]
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder()
})

afterAll(() => folder[Symbol.asyncDispose]())

async function file(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder.path, name)
  await writeFile(path, content)
  return path
}

function vecs(vectors: readonly (readonly number[])[], dimension = 3): Uint8Array {
  const bytes = vectors.map((vector) =>
    Buffer.concat([
      new Uint8Array(Int32Array.of(dimension).buffer),
      new Uint8Array(Float32Array.from(vector).buffer),
    ]),
  )
  return Buffer.concat(bytes)
}

function npy(header: string, numbers: NodeJS.ArrayBufferView, major = 1): Uint8Array {
  const text = Buffer.from(`${header}\n`, 'latin1')
  const size = major === 1 ? Uint16Array.of(text.length) : Uint32Array.of(text.length)
  return Buffer.concat([
    Buffer.from('\x93NUMPY', 'latin1'),
    Uint8Array.of(major, 0),
    new Uint8Array(size.buffer),
    text,
    new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
  ])
}

const flat = Float32Array.from(rows.flat())
const npyHeader = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`

async function read(path: string, options?: ReadVectorsOptions) {
  const opened = await readVectors(path, options)
  const numbers: number[] = []
  for await (const batch of opened) numbers.push(...batch)
  return {
    dimension: opened.dimension,
    rowCount: opened.rowCount,
    elementType: opened.elementType,
    numbers,
  }
}

const expected = { dimension: 3, rowCount: 3, elementType: 'float32', numbers: rows.flat() }

describe('vectors are read', () => {
  it('from numbers alone, of the dimension that is given', async () => {
    const path = await file('one.f32', new Uint8Array(flat.buffer))
    expect(await read(path, { dimension: 3 })).toEqual(expected)
    expect((await read(path, { dimension: 9 })).rowCount).toBe(1)
    await expect(read(path)).rejects.toThrow('does not say the dimension')
    await expect(read(path, { dimension: 2 })).rejects.toThrow('not whole vectors of 8')
  })

  it('from bytes, as float32, and from bits', async () => {
    const path = await file('one.u8', Uint8Array.of(1, 2, 255, 4))
    const facts = { dimension: 2, rowCount: 2, elementType: 'float32', numbers: [1, 2, 255, 4] }
    expect(await read(path, { dimension: 2 })).toEqual(facts)
    const bits = await read(path, { dimension: 16, format: 'bits' })
    expect(bits).toEqual({ ...facts, dimension: 16, elementType: 'binary' })
  })

  it('from fvecs', async () => {
    expect(await read(await file('one.fvecs', vecs(rows)))).toEqual(expected)
  })

  it('from npy of each version and kind of number', async () => {
    for (const major of [1, 2]) {
      const path = await file(`v${major}.npy`, npy(npyHeader('<f4', '3, 3'), flat, major))
      expect(await read(path)).toEqual(expected)
    }
    const doubles = npy(npyHeader('<f8', '3, 3'), Float64Array.from(flat))
    expect(await read(await file('f8.npy', doubles))).toEqual(expected)
    const bytes = npy(npyHeader('|i1', '2, 2'), Int8Array.of(1, -2, 3, -4))
    expect(await read(await file('i1.npy', bytes))).toMatchObject({
      elementType: 'int8',
      numbers: [1, -2, 3, -4],
    })
  })

  it('from Arrow files and streams, of the column that is told or the first of lists', async () => {
    const type = new FixedSizeList(3, new Field('item', new Float32(), false))
    const table = new Table({
      id: vectorFromArray(Int32Array.of(5, 6, 7)),
      at: vectorFromArray(rows, type),
    })
    for (const kind of ['file', 'stream'] as const) {
      const path = await file(`${kind}.arrow`, tableToIPC(table, kind))
      expect(await read(path)).toEqual({ ...expected, rowCount: undefined })
      expect(await read(path, { column: 'at' })).toMatchObject({ numbers: rows.flat() })
      await expect(read(path, { column: 'id' })).rejects.toThrow('column id')
      await expect(read(path, { column: 'other' })).rejects.toThrow('there is none')
    }
    const path = await file('numbers.arrow', tableToIPC(tableFromArrays({ n: flat })))
    await expect(read(path)).rejects.toThrow('none is of lists')
  })
})

describe('what is no file of vectors is refused', () => {
  const cases: readonly [string, Uint8Array, string][] = [
    ['cut.fvecs', vecs(rows).subarray(0, 20), 'not whole vectors'],
    ['empty.fvecs', new Uint8Array(0), 'not one vector'],
    ['wide.fvecs', vecs(rows, 2 ** 30), 'would have 1073741824 elements'],
    ['negative.fvecs', vecs(rows, -1), 'would have -1 elements'],
    ['mixed.fvecs', Buffer.concat([vecs(rows), vecs([[1, 2, 3]], 2)]), 'row 3 is of 2 elements'],
    ['text.npy', Buffer.from('these are not numbers'), 'no npy file'],
    ['cut.npy', npy(npyHeader('<f4', '4, 3'), flat), '3 rows and says 4'],
    ['order.npy', npy(npyHeader('<f4', '3, 3', 'True'), flat), 'Fortran order'],
    ['flat.npy', npy(npyHeader('<f4', '9,'), flat), 'its shape is (9)'],
    ['kind.npy', npy(npyHeader('<c8', '1, 1'), flat), 'its numbers are <c8'],
    ['header.npy', npy('{}', flat), 'its header is "{}"'],
    ['text.arrow', Buffer.from('these are not batches, these are not batches'), 'Cannot read'],
    ['name.txt', new Uint8Array(0), 'ends in none of'],
  ]

  it.each(cases)('%s', async (name, content, message) => {
    const path = await file(name, content)
    const reading = read(path)
    await expect(reading).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(reading).rejects.toThrow(message)
  })

  it('that is not there', async () => {
    for (const name of ['no.npy', 'no.fvecs', 'no.arrow']) {
      const code = 'FILE_NOT_FOUND'
      await expect(read(join(folder.path, name))).rejects.toMatchObject({ code })
    }
  })
})
