import { readFileSync } from 'node:fs'
import { ElanusError } from '../base/errors.ts'
import type { CompiledModule } from './web-assembly.ts'
import { webAssembly } from './web-assembly.ts'

/**
 * The compiled engine, in the best form that this runtime can run. It is compiled when it is first
 * asked for, once a thread; a thread that is sent another's module adopts it and compiles nothing.
 */
export const instructionSets = ['relaxed', 'simd'] as const

export type InstructionSet = (typeof instructionSets)[number]

let shared: CompiledModule | undefined

export function kernelModule(): CompiledModule {
  shared ??= compile()
  return shared
}

export function adoptKernelModule(module: CompiledModule): void {
  shared = module
}

/** The code for one instruction set, whether or not this runtime can run it. */
export function readKernelModule(instructionSet: InstructionSet): Uint8Array {
  // The same path from src/kernels and from dist/kernels.
  const url = new URL(`../../build/wasm/elanus-${instructionSet}.wasm`, import.meta.url)
  try {
    return readFileSync(url)
  } catch (error) {
    throw new ElanusError('INTERNAL', `Cannot read the engine's code at ${url.pathname}`, {
      cause: error,
    })
  }
}

export function compileKernelModule(instructionSet: InstructionSet): CompiledModule {
  return new webAssembly.Module(readKernelModule(instructionSet))
}

/** Relaxed SIMD is newer than plain: a runtime without it refuses the code. */
function compile(): CompiledModule {
  for (const instructionSet of instructionSets) {
    const code = readKernelModule(instructionSet)
    if (webAssembly.validate(code)) return new webAssembly.Module(code)
  }
  throw new ElanusError(
    'UNIMPLEMENTED',
    'Cannot run the engine: the runtime has no WebAssembly SIMD',
  )
}
