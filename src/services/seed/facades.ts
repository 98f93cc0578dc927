import type * as channel from './channel-messages.ts'
import type * as common from './common-messages.ts'
import type * as data from './data-messages.ts'
import type * as index from './index-messages.ts'
import type * as master from './master-messages.ts'

/**
 * The services of the protocol, one interface each. Whoever calls one cannot tell whether it is the
 * object itself or a client of a process elsewhere: a call resolves with what its response says, a
 * refusal included. It rejects only where the transport fails, and never with a refusal.
 *
 * Messages are plain objects in the shape of the wire; whoever receives one owns it.
 */
export type Call<Request, Response> = (request: Request) => Promise<Response>

/** What every service and node answers. */
export interface Component {
  readonly getComponentStates: Call<common.Empty, common.ComponentStates>
}

interface Channels {
  /** Names of channels; an empty one where there is none. */
  readonly getTimeTickChannel: Call<common.Empty, common.StringResponse>
  readonly getStatisticsChannel: Call<common.Empty, common.StringResponse>
}

/** Definitions, timestamps and ids. Definitions change one after the other, each atomically. */
export interface MasterFacade extends Component {
  readonly createCollection: Call<master.CreateCollectionRequest, common.Status>
  readonly dropCollection: Call<master.DropCollectionRequest, common.Status>
  readonly hasCollection: Call<master.HasCollectionRequest, common.BoolResponse>
  readonly describeCollection: Call<master.DescribeCollectionRequest, master.CollectionDescription>
  readonly showCollections: Call<master.ShowCollectionRequest, master.ShowCollectionResponse>
  readonly createPartition: Call<master.CreatePartitionRequest, common.Status>
  readonly dropPartition: Call<master.DropPartitionRequest, common.Status>
  readonly hasPartition: Call<master.HasPartitionRequest, common.BoolResponse>
  readonly describePartition: Call<master.DescribePartitionRequest, master.PartitionDescription>
  readonly showPartitions: Call<master.ShowPartitionRequest, master.ShowPartitionResponse>
  readonly createIndex: Call<master.CreateIndexRequest, common.Status>
  readonly describeIndex: Call<master.DescribeIndexRequest, master.DescribeIndexResponse>
  readonly dropIndex: Call<master.DropIndexRequest, common.Status>
  readonly getIndexState: Call<master.GetIndexStateRequest, master.GetIndexStateResponse>
  readonly allocTimestamp: Call<master.TsoRequest, master.TsoResponse>
  readonly allocID: Call<master.IDRequest, master.IDResponse>
  readonly getTimeTickChannel: Call<common.Empty, common.StringResponse>
  readonly getDdChannel: Call<common.Empty, common.StringResponse>
  readonly getStatsChannel: Call<common.Empty, common.StringResponse>
  readonly getSysConfigs: Call<master.SysConfigRequest, master.SysConfigResponse>
  readonly getMasterStats: Call<common.Empty, master.MasterStatus>
}

/** Segments: where rows go, when they are sealed and flushed, and what is known of them. */
export interface DataServiceFacade extends Component, Channels {
  readonly registerNode: Call<data.RegisterNodeRequest, data.RegisterNodeResponse>
  readonly flush: Call<data.FlushRequest, data.FlushResponse>
  readonly getFlushState: Call<data.GetFlushStateRequest, data.GetFlushStateResponse>
  readonly assignSegmentID: Call<data.AssignSegIDRequest, data.AssignSegIDResponse>
  readonly showSegments: Call<data.ShowSegmentRequest, data.ShowSegmentResponse>
  readonly getSegmentStates: Call<data.SegmentStatesRequest, data.SegmentStatesResponse>
  readonly getSegmentInfo: Call<data.SegmentInfoRequest, data.SegmentInfoResponse>
  readonly getSegmentStats: Call<data.SegmentStatsRequest, data.SegmentStatsResponse>
  readonly getInsertBinlogPaths: Call<data.InsertBinlogPathRequest, data.InsertBinlogPathsResponse>
  readonly getSegmentInfoChannel: Call<data.InsertChannelRequest, common.StringResponse>
  readonly getInsertChannels: Call<data.InsertChannelRequest, common.StringList>
  readonly getCollectionStatistics: Call<data.CollectionStatsRequest, data.CollectionStatsResponse>
  readonly getPartitionStatistics: Call<data.PartitionStatsRequest, data.PartitionStatsResponse>
  readonly getCount: Call<data.CountRequest, data.CountResponse>
  readonly saveBinlogPaths: Call<data.SaveBinlogPathsRequest, common.Status>
  readonly reportDataNodeTtMsgs: Call<data.ReportDataNodeTtMsgsRequest, common.Status>
  readonly getRecoveryInfo: Call<data.GetRecoveryInfoRequest, data.GetRecoveryInfoResponse>
}

/** Follows insert channels and brings the rows of segments into binlogs. */
export interface DataNode extends Component, Channels {
  readonly watchDmChannels: Call<data.WatchDmChannelRequest, common.Status>
  readonly flushSegments: Call<data.FlushSegRequest, common.Status>
  readonly setMasterServiceInterface: Call<data.SetServiceInterfaceRequest, common.Status>
  readonly setDataServiceInterface: Call<data.SetServiceInterfaceRequest, common.Status>
}

/** Builds: which are asked for, how far they are, and their files. */
export interface IndexServiceFacade extends Component, Channels {
  readonly registerNode: Call<index.RegisterNodeRequest, index.RegisterNodeResponse>
  readonly buildIndex: Call<index.BuildIndexRequest, index.BuildIndexResponse>
  readonly getIndexStates: Call<index.IndexStatesRequest, index.IndexStatesResponse>
  readonly getIndexFilePaths: Call<index.IndexFilePathsRequest, index.IndexFilePathsResponse>
  readonly notifyBuildIndex: Call<index.BuildIndexNotification, common.Status>
  readonly dropIndex: Call<index.DropIndexRequest, common.Status>
}

/** Builds what it is told to, and tells the index service how that ended. */
export interface IndexNode extends Component, Channels {
  readonly buildIndex: Call<index.BuildIndexCmd, common.Status>
  readonly dropIndex: Call<index.DropIndexRequest, common.Status>
}

/** The door for rows, in the form of the insert channel. */
export interface InsertChannelFacade {
  readonly insert: Call<channel.InsertRequest, channel.InsertResponse>
  readonly append: Call<channel.InsertMsg, channel.InsertResponse>
}

/** What data nodes need of the master; each of them is also a method of the whole. */
export type MasterServiceInterface = Pick<
  MasterFacade,
  'getComponentStates' | 'allocID' | 'showCollections' | 'describeCollection'
>

/** What data nodes need of the data service. */
export type DataServiceInterface = Pick<
  DataServiceFacade,
  'getComponentStates' | 'registerNode' | 'saveBinlogPaths' | 'reportDataNodeTtMsgs'
>

/** How a service begins and ends. Everything durable is so already when `stop` is called. */
export interface ServiceModule {
  /** Connects and loads what is kept. */
  init(): Promise<void>
  /** Begins what runs in the background; from here on calls are answered. */
  start(): Promise<void>
  stop(): Promise<void>
}
