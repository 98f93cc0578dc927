/**
 * Numbers that tell apart what this process has held under one segment id: a growing segment, the
 * sealed one that took its place, the same loaded again. They are given out on the main thread.
 */
let last = 0

export function nextGeneration(): number {
  last += 1
  return last
}
