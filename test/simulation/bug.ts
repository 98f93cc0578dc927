import type { Clock } from '../../src/base/clock.ts'
import type { FileSystem } from '../../src/base/file-system.ts'
import type { Log } from '../../src/log/log.ts'
import type { MetaKv } from '../../src/meta/meta-kv.ts'
import type { ChannelConsumer } from '../../src/services/channels/channels.ts'
import type { CoordinatorServices } from '../../src/services/coordinator.ts'
import type { Settings } from '../../src/services/settings.ts'
import type { ObjectStore } from '../../src/storage/object-store.ts'
import type { WorkerPool } from '../../src/workers/pool.ts'
import type { StoredObjects } from './simulated-objects.ts'

/**
 * A planted bug: some of the parts that the coordinator stands on, each replaced by one that
 * misbehaves around the real one. Production code has no switch for any of them.
 */
export interface Bug {
  readonly settings?: (settings: Settings) => Settings
  readonly clock?: (clock: Clock) => Clock
  readonly meta?: (meta: MetaKv) => MetaKv
  readonly logFileSystem?: (fileSystem: FileSystem) => FileSystem
  readonly log?: (log: Log) => Log
  readonly objects?: (objects: ObjectStore) => ObjectStore
  readonly pool?: (pool: WorkerPool) => WorkerPool
  readonly services?: (services: CoordinatorServices) => CoordinatorServices
  readonly channels?: (channels: ChannelConsumer) => ChannelConsumer
  /** What a crash does to the objects. */
  readonly crash?: (objects: StoredObjects) => void
}
