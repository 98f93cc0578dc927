import { threadId } from 'node:worker_threads'
import { ElanusError } from '../base/errors.ts'

/**
 * Every thread that has a memory open works in a slot of it: its own stack, requests, results and
 * working space, so that threads share code and data and never a scratch byte.
 *
 *     slot: | stack | requests | results | queries | work |
 *
 * A slot is claimed by writing the thread's stamp over a zero, lowest slot first, and given back by
 * writing the zero. A thread that ends without giving back is cleaned up after by its stamp.
 */
export interface SlotLayout {
  readonly slotCount: number
  readonly stackBytes: number
  readonly requestBytes: number
  readonly resultBytes: number
  readonly queryBytes: number
  readonly workBytes: number
}

export interface SlotAddresses {
  readonly stackTop: number
  readonly request: number
  readonly result: number
  readonly query: number
  readonly work: number
}

export function slotSizeBytes(layout: SlotLayout): number {
  const { stackBytes, requestBytes, resultBytes, queryBytes, workBytes } = layout
  return stackBytes + requestBytes + resultBytes + queryBytes + workBytes
}

/** The stack comes first: one that ran over would reach the slot before, never its own results. */
export function slotAddresses(
  layout: SlotLayout,
  slotsAddress: number,
  slot: number,
): SlotAddresses {
  const stackTop = slotsAddress + slot * slotSizeBytes(layout) + layout.stackBytes
  const request = stackTop
  const result = request + layout.requestBytes
  const query = result + layout.resultBytes
  return { stackTop, request, result, query, work: query + layout.queryBytes }
}

const stampOfThread = (id: number): number => id + 1

/** The lowest slot that is free. `owners` has a word for each; throws RATE_LIMITED when none is. */
export function claimSlot(owners: Int32Array<SharedArrayBuffer>): number {
  const stamp = stampOfThread(threadId)
  for (let slot = 0; slot < owners.length; slot++) {
    if (Atomics.compareExchange(owners, slot, 0, stamp) === 0) return slot
  }
  const message = `Cannot open the memory on another thread: ${owners.length} have it open`
  throw new ElanusError('RATE_LIMITED', message)
}

export function releaseSlot(owners: Int32Array<SharedArrayBuffer>, slot: number): void {
  Atomics.store(owners, slot, 0)
}

/** Gives back what a thread that has ended still holds. */
export function releaseSlotsOfThread(owners: Int32Array<SharedArrayBuffer>, id: number): void {
  const stamp = stampOfThread(id)
  for (let slot = 0; slot < owners.length; slot++) {
    Atomics.compareExchange(owners, slot, stamp, 0)
  }
}
