import type { Timestamp } from '../base/timestamp.ts'

/**
 * What a read sees: row r is visible when visibleAfter < r.timestamp ≤ readAt and no delete d of its
 * key has r.timestamp < d ≤ readAt. The lower bound is how rows expire and how a collection is
 * truncated; zero leaves nothing out, since no row has that timestamp.
 */
export interface Snapshot {
  readonly readAt: Timestamp
  readonly visibleAfter: Timestamp
}
