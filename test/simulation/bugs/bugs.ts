import type { Bug } from '../bug.ts'
import * as log from './log-bugs.ts'
import * as meta from './meta-bugs.ts'
import * as objects from './object-bugs.ts'
import * as services from './service-bugs.ts'
import * as tasks from './task-bugs.ts'

/** Every planted bug by its name: what a schedule is run with when the checks are to be checked. */
export const bugs = {
  ...log.bugs,
  ...meta.bugs,
  ...objects.bugs,
  ...tasks.bugs,
  ...services.bugs,
} satisfies Readonly<Record<string, Bug>>

export type BugName = keyof typeof bugs

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a literal are its names
export const bugNames = Object.keys(bugs) as readonly BugName[]
