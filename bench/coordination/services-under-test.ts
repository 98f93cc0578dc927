import { assert, present } from '../../src/base/assert.ts'
import { connect } from '../../src/rpc/seed/protocol-services.ts'
import { dataServiceDefinition, masterDefinition } from '../../src/rpc/seed/services.ts'
import type { Status } from '../../src/services/seed/common-messages.ts'
import type { DataServiceFacade, MasterFacade } from '../../src/services/seed/facades.ts'
import type { Place } from './requests.ts'
import { createCollectionRequest } from './requests.ts'

/** The services that are called, in this process or in another: they cannot be told apart. */
export interface Services {
  readonly master: MasterFacade
  readonly dataService: DataServiceFacade
}

export function connectServices(port: number): Services & Disposable {
  const address = `127.0.0.1:${port}`
  const master = connect(masterDefinition, address)
  const dataService = connect(dataServiceDefinition, address)
  return {
    master,
    dataService,
    [Symbol.dispose]() {
      master[Symbol.dispose]()
      dataService[Symbol.dispose]()
    },
  }
}

/** A refusal is answered, not thrown: a bench that did not look would time refusals. */
export function succeeded<Answer extends { readonly status: Status | undefined }>(
  answer: Answer,
): Answer {
  checkStatus(answer.status)
  return answer
}

export function checkStatus(status: Status | undefined): void {
  const code = status?.errorCode ?? 0
  assert(code === 0, `the services refuse what the bench asks: ${code} ${status?.reason}`)
}

/** A new collection, as those that ask for places name it. */
export async function makeCollection({ master }: Services, name: string): Promise<Place> {
  checkStatus(await master.createCollection(createCollectionRequest(name)))
  const whole = { base: undefined, dbName: '', collectionName: name, collectionID: 0n }
  const collection = succeeded(await master.describeCollection(whole))
  const { partitionIDs } = succeeded(await master.showPartitions(whole))
  return {
    collectionID: collection.collectionID,
    partitionID: present(partitionIDs[0], 'a collection has a partition'),
    channelName: present(collection.virtualChannelNames[0], 'a collection has a channel'),
  }
}
