import { randomInt } from 'node:crypto'
import { ElanusError } from '../base/errors.ts'
import type { FileSystem } from '../base/file-system.ts'
import { limits } from '../base/limits.ts'
import { checkChannelName, isChannelName } from './channel-name.ts'
import { FileChannel } from './file-channel.ts'
import type { Log, LogChannel } from './log.ts'
import { recoverChannel } from './recover-channel.ts'

export interface FileLogOptions {
  /** Holds a folder for each channel; made if absent. Nobody else may write to it. */
  readonly folder: string
  readonly fileSystem: FileSystem
  /**
   * Told once for each channel of which nobody can know any more what is durable. Everything that
   * waited is rejected. The process is to stop; the next one recovers what was acknowledged.
   */
  readonly onFatal: (error: ElanusError) => void
  /** A file that would grow beyond this is followed by the next. */
  readonly fileSizeBytesMax?: number
  /** 32 random bits that a client cannot guess, for each file; a test passes a seeded source. */
  readonly drawSalt?: () => number
}

/** A log in files on this machine. */
export async function openFileLog(options: FileLogOptions): Promise<Log> {
  await options.fileSystem.makeFolder(options.folder)
  return new FileLog(options)
}

class FileLog implements Log {
  readonly #options: FileLogOptions
  readonly #channels = new Map<string, Promise<FileChannel>>()
  #isClosed = false

  constructor(options: FileLogOptions) {
    this.#options = options
  }

  async open(name: string): Promise<LogChannel> {
    if (this.#isClosed) throw new ElanusError('CLOSED', `Cannot open ${name}: the log is closed`)
    checkChannelName(name)
    const known = this.#channels.get(name)
    if (known !== undefined) return known
    const opening = this.#recover(name)
    this.#channels.set(name, opening)
    // A channel that could not be opened may be asked for again.
    opening.catch(() => this.#channels.delete(name))
    return opening
  }

  async names(): Promise<readonly string[]> {
    const entries = await this.#options.fileSystem.list(this.#options.folder)
    return entries
      .filter(({ name, kind }) => kind === 'folder' && isChannelName(name))
      .map(({ name }) => name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const channels = await Promise.allSettled(this.#channels.values())
    await Promise.all(
      channels.map(async (channel) => {
        if (channel.status === 'fulfilled') await channel.value.close()
      }),
    )
  }

  async #recover(name: string): Promise<FileChannel> {
    const { fileSystem, onFatal } = this.#options
    const { drawSalt = drawSecretSalt, fileSizeBytesMax = limits.logFileSizeBytesMax } =
      this.#options
    const folder = `${this.#options.folder}/${name}`
    const found = await recoverChannel({ fileSystem, folder, channelName: name, drawSalt })
    const options = { fileSystem, name, folder, fileSizeBytesMax, drawSalt, onFatal }
    return new FileChannel(options, found)
  }
}

function drawSecretSalt(): number {
  return randomInt(2 ** 32)
}
