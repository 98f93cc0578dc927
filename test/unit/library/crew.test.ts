import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { Crew } from '../../../src/library/crew.ts'
import { until } from '../workers/kill.ts'
import type { Fault } from './fault-worker.ts'

const ended: number[] = []
const quickly = { timeoutMs: 60_000 }
let crew: Crew<Fault>

beforeEach(() => {
  ended.length = 0
  crew = crewOf(new URL('./fault-worker.ts', import.meta.url))
})

afterEach(() => crew.close())

function crewOf(file: URL, threadCount = 2): Crew<Fault> {
  return new Crew<Fault>({
    threadCount,
    file,
    workerData: undefined,
    heapSizeMbMax: 32,
    clock: systemClock,
    onThreadEnd: (threadId) => ended.push(threadId),
  })
}

const echo = (value: number): Fault => ({ kind: 'echo', value })

describe('a crew', () => {
  it('answers more tasks than it has threads', async () => {
    const values = Array.from({ length: 50 }, (_, value) => value)
    expect(await Promise.all(values.map((value) => crew.run(echo(value), quickly)))).toEqual(values)
    expect(ended).toEqual([])
  })

  it('passes errors of the task on, and keeps the thread', async () => {
    const refused = crew.run({ kind: 'refuse' }, quickly)
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(ended).toEqual([])
  })

  const faults: readonly [string, Fault, string][] = [
    ['traps', { kind: 'bug' }, 'WORKER_FAILED'],
    ['ends', { kind: 'exit' }, 'WORKER_FAILED'],
    ['runs out of memory', { kind: 'eatMemory' }, 'MEMORY_LIMIT_EXCEEDED'],
  ]

  it.each(faults)(
    'fails one task when a thread %s, and replaces it',
    async (_what, fault, code) => {
      const failing = crew.run(fault, quickly)
      const others = [1, 2, 3].map((value) => crew.run(echo(value), quickly))
      await expect(failing).rejects.toMatchObject({ name: 'ElanusError', code })
      expect(await Promise.all(others)).toEqual([1, 2, 3])
      expect(ended).toHaveLength(1)
      const after = [4, 5, 6, 7].map((value) => crew.run(echo(value), quickly))
      expect(await Promise.all(after)).toEqual([4, 5, 6, 7])
    },
  )

  it.each(['hang', 'wait'] as const)('ends a thread that does not get on: %s', async (kind) => {
    const hung = crew.run({ kind }, { timeoutMs: 200 })
    await expect(hung).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(ended).toHaveLength(1)
    expect(await crew.run(echo(8), quickly)).toBe(8)
  })

  it('lets a task take long that gets on', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const progress = (): number => Atomics.load(words, 0)
    const task: Fault = { kind: 'count', words, to: 40 }
    expect(await crew.run(task, { timeoutMs: 400, progress })).toBe('counted')
  })

  it('gives up a task that waits at once, and one that runs when its thread has ended', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const words = [1, 2].map(() => new Int32Array(new SharedArrayBuffer(4)))
    const tasks = words.map((own): Fault => ({ kind: 'count', words: own, to: 1_000_000 }))
    const running = tasks.map((task) => crew.run(task, { ...quickly, signal }))
    const waiting = crew.run(echo(9), { ...quickly, signal })
    await until(() => words.every((own) => Atomics.load(own, 0) > 0))
    controller.abort()
    const code = 'CANCELED'
    const outcomes = running.map((run) => expect(run).rejects.toMatchObject({ code }))
    await expect(waiting).rejects.toMatchObject({ code })
    expect(ended).toHaveLength(0)
    await Promise.all(outcomes)
    expect(ended).toHaveLength(2)
    expect(await crew.run(echo(10), quickly)).toBe(10)
  })

  it('rejects what runs and what waits when it is closed', async () => {
    const tasks = [1, 2, 3].map(() => crew.run({ kind: 'hang' }, quickly))
    await Promise.all([
      crew.close(),
      ...tasks.map((task) => expect(task).rejects.toMatchObject({ code: 'CLOSED' })),
    ])
    await expect(crew.run(echo(1), quickly)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('refuses tasks when no thread can start, instead of trying for ever', async () => {
    const broken = crewOf(new URL('./no-such-file.ts', import.meta.url))
    const code = 'WORKER_FAILED'
    await expect(broken.run(echo(1), quickly)).rejects.toMatchObject({ code })
    await expect(broken.run(echo(2), quickly)).rejects.toMatchObject({ code })
    await broken.close()
  })
})
