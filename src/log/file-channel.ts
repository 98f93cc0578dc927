import { assert, present } from '../base/assert.ts'
import { byteLengthOf } from '../base/bytes.ts'
import { ElanusError } from '../base/errors.ts'
import type { FileSystem } from '../base/file-system.ts'
import { toId } from '../base/int64.ts'
import { limits } from '../base/limits.ts'
import type { Timestamp } from '../base/timestamp.ts'
import type { UnwrittenRecord } from './encode-group.ts'
import { checksumOf, encodeGroup } from './encode-group.ts'
import type { LogChannel, LogPosition, LogRecord } from './log.ts'
import type { ActiveFile, Guard, LogFile } from './log-file.ts'
import { createLogFile } from './log-file.ts'
import { fileHeaderSize, recordSizeOf } from './log-format.ts'
import { readChannel } from './read-channel.ts'
import type { RecoveredChannel } from './recover-channel.ts'

export interface FileChannelOptions {
  readonly fileSystem: FileSystem
  readonly name: string
  readonly folder: string
  readonly fileSizeBytesMax: number
  readonly drawSalt: () => number
  readonly onFatal: (error: ElanusError) => void
}

/** An append on its way to the disk. */
interface Append extends UnwrittenRecord {
  readonly resolve: (position: LogPosition) => void
  readonly reject: (error: ElanusError) => void
}

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed' }
  /** A sync failed: what the disk holds is unknown, and stays so until the channel is recovered. */
  | { readonly kind: 'poisoned'; readonly error: ElanusError }

/**
 * A channel in files, with group commit: appends that come while a group is being synced gather to
 * be the next one, so that any number of waiting callers costs one sync.
 *
 *     append ──► waiting ──takeGroup──► written ──datasync──► durable: resolved, readable
 *                   │                      │ disk full: cut back, all rejected, positions free again
 *                   │                      └ sync failed: poisoned, all rejected, onFatal
 *                   └ over the limit: refused
 *
 * One group is on its way at a time. Commits and truncations take turns; reading does not.
 */
export class FileChannel implements LogChannel {
  readonly #options: FileChannelOptions
  #files: readonly LogFile[]
  #active: ActiveFile
  #durableNext: LogPosition
  #durableTimestamp: Timestamp
  #next: LogPosition
  #lastTimestamp: Timestamp
  #waiting: Append[] = []
  #waitingBytes = 0
  #committing: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #state: State = { kind: 'open' }

  constructor(options: FileChannelOptions, found: RecoveredChannel) {
    this.#options = options
    this.#files = found.files
    this.#active = found.active
    this.#durableNext = found.next
    this.#durableTimestamp = found.lastTimestamp
    this.#next = found.next
    this.#lastTimestamp = found.lastTimestamp
  }

  get name(): string {
    return this.#options.name
  }

  get next(): LogPosition {
    return this.#next
  }

  get first(): LogPosition {
    return present(this.#files[0], 'a channel has a file').header.first
  }

  get lastTimestamp(): Timestamp {
    return this.#lastTimestamp
  }

  get sizeBytes(): number {
    return this.#files.reduce((total, file) => total + file.durableSize, 0)
  }

  append(timestamp: Timestamp, parts: readonly Uint8Array[]): Promise<LogPosition> {
    const payloadSize = byteLengthOf(parts)
    const refusal = this.#refusalOf(payloadSize)
    if (refusal !== undefined) return Promise.reject(refusal)
    assert(timestamp >= this.#lastTimestamp, 'timestamps never decrease')

    const { promise, resolve, reject } = Promise.withResolvers<LogPosition>()
    const position = this.#next
    this.#next = toId<LogPosition>(position + 1n)
    this.#lastTimestamp = timestamp
    // Summed now, while an earlier group is being synced, rather than when its turn comes.
    const payloadCrc = checksumOf(parts, payloadSize)
    this.#waiting.push({ position, timestamp, parts, payloadSize, payloadCrc, resolve, reject })
    this.#waitingBytes += payloadSize
    this.#committing ??= this.#commitAll()
    return promise
  }

  read(from: LogPosition): AsyncIterable<LogRecord> {
    this.#checkOpen()
    if (from < this.first || from > this.#next) {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot read the channel ${this.name} from position ${from}: it holds ${this.first} to ${this.#next}`,
      )
    }
    const channel = {
      name: this.name,
      fileSystem: this.#options.fileSystem,
      files: () => this.#files,
      durableNext: () => this.#durableNext,
      checkOpen: () => this.#checkOpen(),
    }
    return readChannel(channel, from)
  }

  truncate(before: LogPosition): Promise<void> {
    return this.#inTurn(async () => {
      this.#checkOpen()
      await this.#dropFilesBefore(before)
      const isEmpty = this.#active.file.header.first === this.#durableNext
      if (isEmpty || before < this.#durableNext) return
      try {
        await this.#rotate()
      } catch (error) {
        // A full disk has no room for the next file. The active one then stays until there is.
        if (error instanceof ElanusError && error.code === 'DISK_FULL') return
        throw error
      }
      await this.#dropFilesBefore(before)
    })
  }

  /** Waits for appends that were accepted, and takes no more. */
  async close(): Promise<void> {
    if (this.#state.kind === 'closed') return
    const wasOpen = this.#state.kind === 'open'
    this.#state = { kind: 'closed' }
    await this.#committing
    await this.#inTurn(async () => {
      const closing = this.#active.handle.close()
      await (wasOpen ? closing : closing.catch(() => undefined))
    })
  }

  #refusalOf(payloadSize: number): ElanusError | undefined {
    if (this.#state.kind === 'closed') return closedError(this.name)
    if (this.#state.kind === 'poisoned') return this.#state.error
    if (payloadSize > limits.logRecordSizeBytesMax) {
      return new ElanusError(
        'INVALID_ARGUMENT',
        `Cannot append ${payloadSize} bytes to the channel ${this.name}: a record has at most ${limits.logRecordSizeBytesMax}`,
      )
    }
    if (this.#waitingBytes + payloadSize > limits.logWaitingBytesMax) {
      return new ElanusError(
        'RATE_LIMITED',
        `Cannot append ${payloadSize} bytes to the channel ${this.name}: ${this.#waitingBytes} bytes wait for the disk already`,
      )
    }
    return undefined
  }

  #checkOpen(): void {
    if (this.#state.kind === 'closed') throw closedError(this.name)
    if (this.#state.kind === 'poisoned') throw this.#state.error
  }

  async #commitAll(): Promise<void> {
    // Lets everything that is appended in the same breath into the first group.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#inTurn(() => this.#commitNext())
    this.#committing = undefined
  }

  async #commitNext(): Promise<void> {
    const group = this.#takeGroup()
    try {
      await this.#write(group)
    } catch (error) {
      if (!(error instanceof ElanusError)) throw error
      await this.#retreat()
      this.#rejectAll(group, error)
      return
    }
    const last = present(group.at(-1), 'a group has a record')
    this.#durableNext = toId<LogPosition>(last.position + 1n)
    this.#durableTimestamp = last.timestamp
    for (const { resolve, position } of group) resolve(position)
  }

  /** As many of the oldest waiting as one write may carry; at least one. */
  #takeGroup(): readonly Append[] {
    const roomInFile = this.#options.fileSizeBytesMax - fileHeaderSize
    const sizeMax = Math.min(limits.logGroupSizeBytesMax, roomInFile)
    let size = 0
    let count = 0
    for (const { payloadSize } of this.#waiting) {
      size += recordSizeOf(payloadSize)
      if (count > 0 && size > sizeMax) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #write(group: readonly Append[]): Promise<void> {
    if (this.#state.kind === 'poisoned') throw this.#state.error
    const size = group.reduce((total, { payloadSize }) => total + recordSizeOf(payloadSize), 0)
    const { durableSize } = this.#active.file
    const isFull = durableSize + size > this.#options.fileSizeBytesMax
    if (isFull && durableSize > fileHeaderSize) await this.#rotate()

    const { file, handle } = this.#active
    const bytes = await encodeGroup(group, file.header.salt)
    await handle.write(bytes, file.durableSize)
    await this.#guard(handle.datasync())
    file.durableSize += size
    this.#waitingBytes -= group.reduce((total, { payloadSize }) => total + payloadSize, 0)
  }

  /** Makes the next file the active one. All records are durable when this is called. */
  async #rotate(): Promise<void> {
    const { fileSystem, folder, name, drawSalt } = this.#options
    const before = this.#active
    const header = {
      channelName: name,
      salt: drawSalt(),
      first: this.#durableNext,
      timestampBefore: this.#durableTimestamp,
    }
    this.#active = await createLogFile(fileSystem, { folder, header, guard: this.#guard })
    this.#files = [...this.#files, this.#active.file]
    await this.#guard(before.handle.close())
  }

  /** Cuts off what a failed write may have left, so that the next one finds the end where it was. */
  async #retreat(): Promise<void> {
    if (this.#state.kind === 'poisoned') return
    const { file, handle } = this.#active
    try {
      await this.#guard(handle.truncate(file.durableSize))
      await this.#guard(handle.datasync())
    } catch {
      // The guard has poisoned the channel, and says so to everybody.
    }
  }

  /** Those that wait took positions after the failed ones: none of them can be had any more. */
  #rejectAll(group: readonly Append[], failure: ElanusError): void {
    const error = this.#state.kind === 'poisoned' ? this.#state.error : failure
    const rejected = [...group, ...this.#waiting]
    this.#waiting = []
    this.#waitingBytes = 0
    this.#next = this.#durableNext
    this.#lastTimestamp = this.#durableTimestamp
    for (const { reject } of rejected) reject(error)
  }

  /** Oldest first, each durably gone before the next: a crash never leaves a gap between files. */
  async #dropFilesBefore(before: LogPosition): Promise<void> {
    const { fileSystem, folder } = this.#options
    for (;;) {
      const [oldest, following] = this.#files
      if (oldest === undefined || following === undefined || following.header.first > before) return
      await fileSystem.unlink(oldest.path)
      this.#files = this.#files.slice(1)
      await this.#guard(fileSystem.syncFolder(folder))
    }
  }

  /** Poisons the channel if the step fails: after it, nobody can know what the disk holds. */
  readonly #guard: Guard = async (step) => {
    try {
      return await step
    } catch (cause) {
      const error = new ElanusError(
        'IO_FAILED',
        `Could not make the channel ${this.name} durable, and it cannot go on: ${messageOf(cause)}`,
        { cause },
      )
      if (this.#state.kind !== 'poisoned') {
        this.#state = { kind: 'poisoned', error }
        this.#options.onFatal(error)
      }
      throw error
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

function closedError(name: string): ElanusError {
  return new ElanusError('CLOSED', `Cannot use the channel ${name}: it is closed`)
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
