import { ElanusError } from '../../../src/base/errors.ts'
import type { ProxyCatalog } from '../../../src/services/proxy/catalog.ts'

/** The catalog of a proxy in plain arrays, which has nothing to change. */
export function refusingCatalog(): ProxyCatalog {
  const refuse = async (): Promise<never> => {
    throw new ElanusError('UNIMPLEMENTED', 'The catalog of plain arrays does not change')
  }
  return {
    createDatabase: refuse,
    describeDatabase: refuse,
    alterDatabase: refuse,
    dropDatabase: refuse,
    createAlias: refuse,
    alterAlias: refuse,
    dropAlias: refuse,
    describeAlias: refuse,
    listAliases: refuse,
    renameCollection: refuse,
    alterCollection: refuse,
    alterField: refuse,
    addField: refuse,
    alterIndex: refuse,
    truncateCollection: refuse,
    createPartition: refuse,
    dropPartition: refuse,
    hasPartition: refuse,
    showPartitions: refuse,
    partitionRowCount: refuse,
    flushAll: refuse,
    isAllFlushed: refuse,
    persistentSegments: refuse,
    servedSegments: refuse,
    replicas: refuse,
    compact: refuse,
    compaction: () => undefined,
    allocTimestamp: refuse,
    hardware: refuse,
  }
}
