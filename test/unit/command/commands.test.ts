import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Console } from '../../../src/command/console.ts'
import { describeSeconds, describeSize } from '../../../src/command/describe.ts'
import { runIndex } from '../../../src/command/index-command.ts'
import { runQuery } from '../../../src/command/query-command.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { flatVectors } from '../library/library-vectors.ts'

const dimension = 6
const vectors = flatVectors(300, dimension, 13)
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder()
  await writeFile(at('base.f32'), vectors)
  await writeFile(at('queries.f32'), vectors.subarray(0, 12 * dimension))
})

afterAll(() => folder[Symbol.asyncDispose]())

const at = (name: string): string => join(folder.path, name)

class Recorder implements Console {
  readonly said: string[] = []
  readonly noted: string[] = []
  readonly terminal = undefined

  say(text: string): void {
    this.said.push(text)
  }

  note(text: string): void {
    this.noted.push(text)
  }

  onInterrupt(): Disposable {
    return { [Symbol.dispose]: () => undefined }
  }
}

async function run(
  command: typeof runIndex,
  ...args: readonly string[]
): Promise<{ readonly said: string; readonly noted: string }> {
  const output = new Recorder()
  await command(args, output)
  return { said: output.said.join('\n'), noted: output.noted.join('\n') }
}

const base = (): readonly string[] => [at('base.f32'), '--dimension', '6']

describe('elanus index', () => {
  it('writes an index and says what it is', async () => {
    const given = ['--type', 'hnsw', '--metric', 'L2', '--params', 'M=8,efConstruction=50']
    const { said } = await run(runIndex, ...base(), ...given, '-o', at('one.idx'))
    expect(said).toContain('300 × 6 float32')
    expect(said).toContain('HNSW, L2, M 8, efConstruction 50')
    expect(await readdir(folder.path)).toContain('one.idx')
  })

  it('says it as JSON too', async () => {
    const { said } = await run(runIndex, ...base(), '-o', at('two.idx'), '--json')
    expect(JSON.parse(said)).toMatchObject({ rowCount: 300, dimension, metric: 'COSINE' })
  })

  const refusals: readonly [string, readonly string[], string][] = [
    ['no file', ['-o', 'x'], 'it is given no file'],
    ['two files', ['a.npy', 'b.npy', '-o', 'x'], 'not also b.npy'],
    ['no place for the index', ['a.npy'], 'say where the index goes'],
    ['an unknown option', ['a.npy', '-o', 'x', '--tree'], "Unknown option '--tree'"],
    ['threads that are no number', ['a.npy', '-o', 'x', '--threads', 'all'], '--threads is'],
    ['params without a value', ['a.npy', '-o', 'x', '--params', 'M'], 'name=value, not M'],
    ['an unknown element', ['a.npy', '-o', 'x', '--element', 'int4'], 'elements are one of'],
    ['an unknown place', ['a.npy', '-o', 'x', '--vectors', 'away'], '--vectors away'],
  ]

  it.each(refusals)('refuses %s', async (_what, args, message) => {
    const running = runIndex(args, new Recorder())
    await expect(running).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(running).rejects.toThrow(message)
  })
})

describe('elanus query', () => {
  it('prints a table of some queries, and how fast it was', async () => {
    await run(runIndex, ...base(), '--metric', 'L2', '-o', at('three.idx'))
    const given = ['--vectors', at('queries.f32'), '--topk', '2', '--limit', '3']
    const { said, noted } = await run(runQuery, at('three.idx'), ...given)
    expect(said).toMatch(/query 2\n +rank +id +distance\n +1 +2 +0\.0/)
    expect(said).not.toContain('query 3\n')
    expect(said).toContain('… and 9 more queries')
    expect(noted).toContain('12 queries in')
  })

  it('prints a line of JSON for each query', async () => {
    await run(runIndex, ...base(), '--metric', 'L2', '-o', at('four.idx'))
    const given = ['--vectors', at('queries.f32'), '--params', 'ef=32', '--json']
    const { said } = await run(runQuery, at('four.idx'), ...given)
    const lines = said.split('\n').map((line): unknown => JSON.parse(line))
    expect(lines).toHaveLength(12)
    expect(lines[7]).toMatchObject({ query: 7, distances: expect.arrayContaining([0]) as unknown })
  })

  it('takes the vectors of an index that was saved without them', async () => {
    await run(runIndex, ...base(), '--vectors', 'outside', '-o', at('five.idx'))
    const query = ['--vectors', at('queries.f32')]
    await expect(run(runQuery, at('five.idx'), ...query)).rejects.toThrow('without its vectors')
    const { said } = await run(runQuery, at('five.idx'), ...query, '--base', at('base.f32'))
    expect(said).toContain('query 0')
  })

  it('refuses queries of another dimension, and a file that is no index', async () => {
    await run(runIndex, ...base(), '-o', at('six.idx'))
    await writeFile(at('bad.fvecs'), new Uint8Array(Int32Array.of(1, 0).buffer))
    const other = runQuery([at('six.idx'), '--vectors', at('bad.fvecs')], new Recorder())
    await expect(other).rejects.toThrow('Cannot search for vectors of 1 elements')
    const none = runQuery([at('base.f32'), '--vectors', at('queries.f32')], new Recorder())
    await expect(none).rejects.toMatchObject({ code: 'CORRUPT' })
  })
})

describe('quantities', () => {
  it('read as people write them', () => {
    expect([0.0123, 12.34, 83, 3725].map(describeSeconds)).toEqual([
      '12 ms',
      '12.3 s',
      '1:23 min',
      '1:02:05 h',
    ])
    expect([12, 1536, 5 * 2 ** 30].map(describeSize)).toEqual(['12 bytes', '1.50 KiB', '5.00 GiB'])
  })
})
