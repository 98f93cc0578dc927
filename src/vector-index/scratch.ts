import { mib } from '../base/units.ts'
import type { Attachment } from '../kernels/attachment.ts'
import { attach, createKernelMemory } from '../kernels/attachment.ts'

const memoryBytesMax = 4 * mib

/** One a thread, for as long as that lives. */
let scratch: Attachment | undefined

/** A small memory of this thread's own, for kernels that work on no store. */
export function threadScratch(): Attachment {
  scratch ??= attach(createKernelMemory({ slotCount: 1, queryBytes: 0, memoryBytesMax }))
  return scratch
}
