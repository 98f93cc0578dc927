import { createKernelMemory } from '../../../src/kernels/attachment.ts'
import type { KernelExports } from '../../../src/kernels/exports.ts'
import { instantiateKernels } from '../../../src/kernels/exports.ts'
import type { InstructionSet } from '../../../src/kernels/module.ts'
import { compileKernelModule } from '../../../src/kernels/module.ts'

/** A kernel module on a memory of its own, with vectors laid where a test wants them. */
export interface KernelBench {
  readonly exports: KernelExports
  /** Copies the vectors in, each so many bytes off a 16-byte boundary; returns their addresses. */
  place(vectors: readonly ArrayBufferView[], misalignment?: number): number[]
  /** So many float32 numbers, at any address. */
  read(address: number, count: number): Float32Array
}

const dataAddress = 1 << 20
const memoryBytesMax = 16 << 20

export function openKernelBench(instructionSet: InstructionSet): KernelBench {
  const memory = createKernelMemory({ slotCount: 4, queryBytes: 0, memoryBytesMax })
  const exports = instantiateKernels(compileKernelModule(instructionSet), memory, dataAddress)
  return {
    exports,
    place(vectors, misalignment = 0) {
      let next = dataAddress
      return vectors.map((vector) => {
        const address = next + misalignment
        const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
        new Uint8Array(memory.buffer, address, bytes.length).set(bytes)
        next = Math.ceil((address + bytes.length) / 16) * 16
        return address
      })
    },
    read: (address, count) => new Float32Array(memory.buffer.slice(address, address + 4 * count)),
  }
}

/** The distance between two neighbouring float32 numbers at `value`. */
export function ulpOf(value: number): number {
  const magnitude = Math.max(Math.abs(value), 2 ** -126)
  return 2 ** (Math.floor(Math.log2(magnitude)) - 23)
}
