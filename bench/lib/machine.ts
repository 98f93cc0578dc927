import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { gib } from '../../src/base/units.ts'

export interface Machine {
  readonly cpu: string
  readonly coreCount: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  /** SIMD that matters here, as the kernel names it; undefined where it cannot be asked. */
  readonly simd: readonly string[] | undefined
}

export async function describeMachine(): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    coreCount: availableParallelism(),
    memoryGib: Math.round(totalmem() / gib),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    simd: await simdFlags(),
  }
}

export function machineInWords(machine: Machine): string {
  const { cpu, coreCount, memoryGib, node, system } = machine
  return `${cpu}, ${coreCount} cores, ${memoryGib} GiB memory, ${system}, Node ${node}`
}

const simdOfInterest = ['avx2', 'fma', 'avx512f', 'avx_vnni', 'avx512_vnni']

async function simdFlags(): Promise<readonly string[] | undefined> {
  // Linux on x86 only; elsewhere the description does without.
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/)
  return flags?.filter((flag) => simdOfInterest.includes(flag))
}
