export type { ErrorCode } from './base/errors.ts'
export { ElanusError, errorCodes } from './base/errors.ts'
export { type BuildOptions, type BuildProgress, buildIndex } from './library/build-index.ts'
export {
  type BatchHits,
  type BatchSearchOptions,
  hitsOf,
  type Index,
  type NearestHits,
  rowBits,
  type SaveOptions,
  type SearchOptions,
} from './library/contract.ts'
export { describeSavedIndex, type SavedIndexFacts } from './library/describe-saved-index.ts'
export { type OpenIndexOptions, openIndex } from './library/open-index.ts'
export { type ReadVectorsOptions, readVectors } from './library/vector-files/read-vectors.ts'
export type * from './library/vector-source.ts'
export type { Elanus, ListenOptions, OpenOptions } from './open.ts'
export { open } from './open.ts'
export type { RunningServer } from './rpc/server.ts'
export type * from './services/proxy/proxy.ts'
export type { Settings } from './services/settings.ts'
export { version } from './version.ts'
