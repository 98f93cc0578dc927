import { ElanusError } from '../../../src/base/errors.ts'
import type { PrimaryKeys } from '../../../src/schema/row-batch.ts'
import type { BuildFacts } from '../../../src/workers/tasks.ts'
import type { Bug } from '../bug.ts'
import { replacing } from './replacing.ts'

export const bugs = {
  /** A file of deletes is one delete short. */
  forgetsDeletes: {
    pool: (pool) =>
      replacing(pool, {
        flushDeletes: (task, signal) => {
          const { primaryKeys, timestamps } = task
          if (timestamps.length < 2) return pool.flushDeletes(task, signal)
          const shorter = {
            ...task,
            primaryKeys: withoutLast(primaryKeys),
            timestamps: timestamps.slice(0, -1),
          }
          return pool.flushDeletes(shorter, signal)
        },
      }),
  },

  /** A file of deletes dates them before the rows that they hide. */
  datesDeletesEarlier: {
    pool: (pool) =>
      replacing(pool, {
        flushDeletes: (task, signal) =>
          pool.flushDeletes({ ...task, timestamps: task.timestamps.map(() => 1n) }, signal),
      }),
  },

  /** A flush writes all rows but the last. */
  forgetsRows: {
    pool: (pool) =>
      replacing(pool, {
        flush: (task, signal) =>
          pool.flush({ ...task, rowTo: Math.max(1, task.rowTo - 1) }, signal),
      }),
  },

  /** A build's result is taken from an attempt before it. */
  takesStaleBuilds: {
    pool: (pool) => {
      const built = new Map<bigint, BuildFacts>()
      return replacing(pool, {
        build: async (task, signal) => {
          const facts = await pool.build(task, signal)
          const stale = built.get(task.buildId)
          built.set(task.buildId, facts)
          if (task.version === 1) throw new ElanusError('WORKER_FAILED', 'Its thread died')
          return stale ?? facts
        },
      })
    },
  },

  /** A segment is loaded without the deletes that are in files. */
  loadsWithoutDeletes: {
    pool: (pool) =>
      replacing(pool, {
        load: (task, signal) => pool.load({ ...task, deletes: [] }, signal),
      }),
  },
} satisfies Readonly<Record<string, Bug>>

function withoutLast(keys: PrimaryKeys): PrimaryKeys {
  return keys.type === 'Int64'
    ? { ...keys, values: keys.values.slice(0, -1) }
    : { ...keys, values: keys.values.slice(0, -1) }
}
