import type { MetaOperation } from '../../../src/meta/meta-kv.ts'
import type { Bug } from '../bug.ts'
import { replacing } from './replacing.ts'

/** Of the tables whose records these bugs tell apart, as meta's keys begin. */
const tables = { allocators: 0x12, segments: 0x20 } as const

export const bugs = {
  /** A batch is written in two halves, the second when there is something more to write. */
  tearsBatches: {
    meta: (meta) => {
      let left: readonly MetaOperation[] = []
      return replacing(meta, {
        write: (operations) => {
          const middle = Math.ceil(operations.length / 2)
          const now = [...left, ...operations.slice(0, middle)]
          left = operations.slice(middle)
          return meta.write(now)
        },
      })
    },
  },

  /** A batch is acknowledged before it is durable. */
  acknowledgesMetaEarly: {
    meta: (meta) => {
      const early = new Map<string, Uint8Array | undefined>()
      return replacing(meta, {
        get: async (key) => {
          const name = nameOf(key)
          return early.has(name) ? early.get(name) : meta.get(key)
        },
        write: async (operations) => {
          for (const operation of operations) {
            early.set(nameOf(operation.key), operation.kind === 'put' ? operation.value : undefined)
          }
          meta.write(operations).catch(() => undefined)
        },
      })
    },
  },

  /** The bounds of ids and timestamps are not kept. */
  forgetsBounds: {
    meta: (meta) =>
      replacing(meta, {
        write: (operations) =>
          meta.write(operations.filter(({ key }) => key[0] !== tables.allocators)),
      }),
  },

  /** The record of a new segment is written when the segment has changed, not when it is made. */
  opensSegmentsLate: {
    meta: (meta) => {
      const late = new Map<string, MetaOperation>()
      return replacing(meta, {
        write: (operations) => {
          const [only] = operations
          const isNew = operations.length === 1 && only?.key[0] === tables.segments
          if (!isNew || late.has(nameOf(only.key))) return meta.write(operations)
          late.set(nameOf(only.key), only)
          return Promise.resolve()
        },
      })
    },
  },
} satisfies Readonly<Record<string, Bug>>

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('hex')
}
