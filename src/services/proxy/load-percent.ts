import type { LoadState } from './proxy.ts'

/** 0 to 100, and 100 only when it is loaded. */
export function percentOf(state: LoadState): number {
  if (state.kind === 'loaded') return 100
  return state.kind === 'loading' ? state.percent : 0
}
