import { open } from '../../../src/open.ts'
import { openRpcChannel } from '../../../src/rpc/rpc-channel.ts'
import { remoteChannels } from '../../../src/rpc/seed/message-stream.ts'
import { connect } from '../../../src/rpc/seed/protocol-services.ts'
import {
  dataServiceDefinition,
  indexServiceDefinition,
  insertChannelDefinition,
  masterDefinition,
} from '../../../src/rpc/seed/services.ts'
import type { ChannelConsumer } from '../../../src/services/channels/channels.ts'
import type { Protocol } from '../../../src/services/seed/protocol.ts'
import type { Settings } from '../../../src/services/settings.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** The coordinator as a caller has it, by whichever binding. */
export interface Subject extends AsyncDisposable, Omit<Protocol, 'channels'> {
  readonly channels: ChannelConsumer
  /** Resolves when what was called for in the background is done. */
  settled(): Promise<void>
}

export type OpenSubject = (settings?: Partial<Settings>) => Promise<Subject>

/** The objects themselves. */
export async function openLocal(settings: Partial<Settings> = {}): Promise<Subject> {
  const folder = await temporaryFolder()
  const database = await open({ data: folder.path, settings })
  return {
    ...database.protocol,
    settled: () => database.settled(),
    async [Symbol.asyncDispose]() {
      await database.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Clients of a server on a port. */
export async function openOverGrpc(settings: Partial<Settings> = {}): Promise<Subject> {
  const folder = await temporaryFolder()
  const database = await open({ data: folder.path, settings })
  const server = await database.listen()
  const address = `127.0.0.1:${server.port}`
  const stack = new DisposableStack()
  const subject = {
    master: stack.use(connect(masterDefinition, address)),
    dataService: stack.use(connect(dataServiceDefinition, address)),
    indexService: stack.use(connect(indexServiceDefinition, address)),
    insertChannel: stack.use(connect(insertChannelDefinition, address)),
    channels: remoteChannels(stack.use(openRpcChannel(address))),
  }
  return {
    ...subject,
    settled: () => database.settled(),
    async [Symbol.asyncDispose]() {
      stack.dispose()
      await database.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
