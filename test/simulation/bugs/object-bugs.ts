import type { Bug } from '../bug.ts'
import { replacing } from './replacing.ts'

export const bugs = {
  /** A power cut takes the newest object, though it was acknowledged. */
  losesObjects: {
    crash: (objects) => {
      const newest = [...objects.keys()].at(-1)
      if (newest !== undefined) objects.delete(newest)
    },
  },

  /** A list has more than what is under its prefix, so a drop takes more than it should. */
  listsTooMuch: {
    objects: (store) =>
      replacing(store, {
        list: (prefix) => store.list(prefix.slice(0, prefix.indexOf('/') + 1)),
      }),
  },

  /** What is dropped stays. */
  dropsNothing: {
    objects: (store) => replacing(store, { drop: async () => undefined }),
  },

  /** Files of a dropped segment go at once, whoever has just learnt of it. */
  collectsAtOnce: { settings: (settings) => ({ ...settings, droppedToleranceMs: 0 }) },
} satisfies Readonly<Record<string, Bug>>
