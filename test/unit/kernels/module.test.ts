import { describe, expect, it } from 'vitest'
import { instructionSets, readKernelModule } from '../../../src/kernels/module.ts'
import {
  flatScanRequestWords,
  graphParametersWords,
  graphSearchRequestWords,
  graphWords,
  ivfParametersWords,
  ivfSearchRequestWords,
  ivfWords,
} from '../../../src/kernels/requests.ts'
import { webAssembly } from '../../../src/kernels/web-assembly.ts'
import { openKernelBench } from './kernel-bench.ts'

describe.each(instructionSets)('the kernel module (%s)', (name) => {
  it('is valid on this runtime', () => {
    expect(webAssembly.validate(readKernelModule(name))).toBe(true)
  })

  it('takes its requests word by word as they are written', () => {
    const { exports } = openKernelBench(name)
    expect(exports.flat_scan_request_words()).toBe(flatScanRequestWords.length)
    expect(exports.ivf_words()).toBe(ivfWords.length)
    expect(exports.ivf_parameters_words()).toBe(ivfParametersWords.length)
    expect(exports.ivf_search_request_words()).toBe(ivfSearchRequestWords.length)
    expect(exports.ivf_space_bytes()).toBeLessThanOrEqual(2 ** 20)
    expect(exports.graph_words()).toBe(graphWords.length)
    expect(exports.graph_parameters_words()).toBe(graphParametersWords.length)
    expect(exports.graph_search_request_words()).toBe(graphSearchRequestWords.length)
  })

  it('works in the space that a slot has', () => {
    const { exports } = openKernelBench(name)
    expect(exports.working_space_bytes()).toBeLessThanOrEqual(1 << 20)
  })
})
