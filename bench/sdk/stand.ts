import { join } from 'node:path'
import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import type { DataSet } from '../lib/data-set.ts'
import type { EchoServer } from '../lib/echo-server.ts'
import type { ElanusServer } from '../lib/elanus-server.ts'
import { startElanus } from '../lib/elanus-server.ts'
import type { Helper } from '../lib/helper.ts'
import { startHelper } from '../lib/helper.ts'
import type { LoadGenerator } from '../lib/load-generator.ts'
import type { NullServer } from '../lib/null-server.ts'
import type { Probe } from '../lib/probe.ts'
import type { IndexSearcher } from './index-searcher.ts'
import type { InsertClient } from './insert-client.ts'
import { collectionName } from './official-client.ts'
import type { IndexChoice, SdkSettings } from './options.ts'

/** All that takes part in one run. Who does nothing costs nothing: each waits on its pipe. */
export interface Stand extends AsyncDisposable {
  readonly index: IndexChoice
  readonly settings: SdkSettings
  readonly dataSet: DataSet
  readonly elanus: ElanusServer
  readonly dataFolder: string
  readonly program: string
  readonly profileFolder: string | undefined
  readonly client: MilvusClient
  readonly echo: Helper<EchoServer>
  readonly echoPort: number
  readonly nullPort: number
  readonly nullServer: Helper<NullServer>
  readonly insertClient: Helper<InsertClient>
  readonly generator: Helper<LoadGenerator>
  readonly probe: Helper<Probe>
  readonly indexSearcher: Helper<IndexSearcher>
}

export interface StandOptions {
  readonly index: IndexChoice
  readonly settings: SdkSettings
  readonly dataSet: DataSet
  readonly dataSetFolder: string
  readonly workFolder: string
  readonly program: string
  readonly profileFolder: string | undefined
}

export async function buildStand(options: StandOptions): Promise<Stand> {
  const { dataSet, dataSetFolder, workFolder, program, profileFolder } = options
  await using stack = new AsyncDisposableStack()
  const start = async <Served extends Record<string, (task: never) => unknown>>(
    module: string,
  ): Promise<Helper<Served>> => {
    return stack.use(await startHelper<Served>(new URL(module, import.meta.url)))
  }
  const echo = await start<EchoServer>('../lib/echo-server.ts')
  const nullServer = await start<NullServer>('../lib/null-server.ts')
  const insertClient = await start<InsertClient>('./insert-client.ts')
  const generator = await start<LoadGenerator>('../lib/load-generator.ts')
  const probe = await start<Probe>('../lib/probe.ts')
  const indexSearcher = await start<IndexSearcher>('./index-searcher.ts')
  await insertClient.call('open', dataSetFolder)

  const dataFolder = join(workFolder, 'data')
  const elanus = stack.use(await startElanus({ program, dataFolder, profileFolder }))
  const client = new MilvusClient({ address: `127.0.0.1:${elanus.port}` })
  stack.defer(async () => {
    await client.closeConnection()
  })
  await client.connectPromise

  const { dimension } = dataSet
  const echoPort = await echo.call('listen', undefined)
  const nullPort = await nullServer.call('listen', { name: collectionName, dimension })
  const everything = stack.move()
  return {
    index: options.index,
    settings: options.settings,
    dataSet,
    elanus,
    dataFolder,
    program,
    profileFolder,
    client,
    echo,
    echoPort,
    nullPort,
    nullServer,
    insertClient,
    generator,
    probe,
    indexSearcher,
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}
