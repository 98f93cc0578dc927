import { setTimeout } from 'node:timers/promises'
import { ElanusError } from '../../../src/base/errors.ts'
import { serveCrew } from '../../../src/library/serve-crew.ts'

/** A crew's thread that goes wrong when it is told to. */
export type Fault =
  | { readonly kind: 'echo'; readonly value: number }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'bug' }
  | { readonly kind: 'exit' }
  | { readonly kind: 'eatMemory' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'count'; readonly words: Int32Array<SharedArrayBuffer>; readonly to: number }

serveCrew(async (fault: Fault) => {
  switch (fault.kind) {
    case 'echo':
      return fault.value
    case 'refuse':
      throw new ElanusError('INVALID_ARGUMENT', 'Cannot do that')
    case 'bug':
      throw new RangeError('out of bounds')
    case 'exit':
      return process.exit(3)
    case 'eatMemory': {
      const eaten: unknown[] = []
      for (;;) eaten.push(Array.from({ length: 10_000 }, () => eaten.length))
    }
    case 'hang':
      for (;;);
    case 'wait':
      return await setTimeout(3_600_000)
    case 'count':
      for (let step = 0; step < fault.to; step++) {
        await setTimeout(20)
        Atomics.add(fault.words, 0, 1)
      }
      return 'counted'
  }
})
