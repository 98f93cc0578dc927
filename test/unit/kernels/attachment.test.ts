import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { attach, createKernelMemory, reclaimSlots } from '../../../src/kernels/attachment.ts'
import { codeThrown, messageThrown } from '../../support/error-code.ts'

const options = { slotCount: 3, queryBytes: 4096, memoryBytesMax: 64 << 20 }

describe('a kernel memory', () => {
  it('gives each attachment a slot of its own', () => {
    const memory = createKernelMemory(options)
    const [first, second, third] = [attach(memory), attach(memory), attach(memory)]
    const addresses = [first, second, third].map(({ addresses }) => addresses.request)
    expect(new Set(addresses).size).toBe(3)
    expect(new Set([first, second, third].map(({ slot }) => slot))).toEqual(new Set([0, 1, 2]))
  })

  it('refuses one attachment more than it has slots, and takes it once one is closed', () => {
    const memory = createKernelMemory(options)
    const open = [attach(memory), attach(memory), attach(memory)]
    expect(codeThrown(() => attach(memory))).toBe('RATE_LIMITED')
    open[1]?.[Symbol.dispose]()
    expect(attach(memory).slot).toBe(1)
  })

  it('gives a slot back once, however often it is closed', () => {
    const memory = createKernelMemory(options)
    const first = attach(memory)
    first[Symbol.dispose]()
    const second = attach(memory)
    first[Symbol.dispose]()
    expect(attach(memory).slot).not.toBe(second.slot)
  })

  it('takes back the slots of a thread that ended without closing', async () => {
    const memory = createKernelMemory(options)
    const url = new URL('./attaching-worker.ts', import.meta.url)
    const worker = new Worker(url, { workerData: { memory, count: 2 } })
    const { threadId } = worker
    await new Promise((resolve) => worker.once('message', resolve))
    await worker.terminate()
    attach(memory)
    expect(codeThrown(() => attach(memory))).toBe('RATE_LIMITED')
    reclaimSlots(memory, threadId)
    expect([attach(memory).slot, attach(memory).slot].length).toBe(2)
  })

  it('shows what another attachment wrote, also beyond where it ended before', () => {
    const memory = createKernelMemory(options)
    const [first, second] = [attach(memory), attach(memory)]
    const end = memory.buffer.byteLength
    memory.grow(1)
    first.bytes(end + 8)[end + 7] = 99
    expect(second.bytes(end + 8)[end + 7]).toBe(99)
  })

  it('says how much it would have been when it cannot be had', () => {
    const create = () => createKernelMemory({ ...options, memoryBytesMax: 1 << 16 })
    expect(codeThrown(create)).toBe('MEMORY_LIMIT_EXCEEDED')
    expect(messageThrown(create)).toContain('65536')
  })
})
