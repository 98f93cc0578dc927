import type {
  DataNode,
  DataServiceFacade,
  IndexNode,
  IndexServiceFacade,
  InsertChannelFacade,
  MasterFacade,
} from '../../services/seed/facades.ts'
import { DataNodeDefinition, DataServiceDefinition } from '../generated/data.ts'
import { IndexNodeDefinition, IndexServiceDefinition } from '../generated/index.ts'
import { MasterDefinition } from '../generated/master.ts'
import { MessageStreamDefinition } from '../generated/message.ts'
import type { CallsOf, Differences, ServiceDefinition } from './method-types.ts'

/**
 * Each service's codecs. That interface and proto/ say the same is proved below: their messages can
 * be assigned both ways, and neither has a method that the other lacks.
 */
export const masterDefinition: ServiceDefinition<CallsOf<MasterFacade>> = MasterDefinition
export const dataServiceDefinition: ServiceDefinition<CallsOf<DataServiceFacade>> =
  DataServiceDefinition
export const dataNodeDefinition: ServiceDefinition<CallsOf<DataNode>> = DataNodeDefinition
export const indexServiceDefinition: ServiceDefinition<CallsOf<IndexServiceFacade>> =
  IndexServiceDefinition
export const indexNodeDefinition: ServiceDefinition<CallsOf<IndexNode>> = IndexNodeDefinition

const { consume, ...insertMethods } = MessageStreamDefinition.methods
/** The one call that streams: its messages are of many types, so it has an adaptor of its own. */
export const consumeMethod = consume
export const insertChannelDefinition: ServiceDefinition<CallsOf<InsertChannelFacade>> = {
  fullName: MessageStreamDefinition.fullName,
  methods: insertMethods,
}

/** Each is `never` where interface and definition agree; else it names what differs. */
type AllDifferences = readonly [
  master: Differences<MasterFacade, typeof MasterDefinition.methods>,
  dataService: Differences<DataServiceFacade, typeof DataServiceDefinition.methods>,
  dataNode: Differences<DataNode, typeof DataNodeDefinition.methods>,
  indexService: Differences<IndexServiceFacade, typeof IndexServiceDefinition.methods>,
  indexNode: Differences<IndexNode, typeof IndexNodeDefinition.methods>,
  insertChannel: Differences<InsertChannelFacade, typeof insertMethods>,
]

/** Does not compile unless all of them are never. */
export type Proof = AllDifferences extends readonly [never, never, never, never, never, never]
  ? true
  : AllDifferences
export const interfacesMatchProtos: Proof = true
