/**
 * The most that a worker thread's own heap may come to; one that needs more is ended, and the
 * process lives. Vectors and columns are shared memory and do not count.
 */
export const heapSizeMbMax = 1024
