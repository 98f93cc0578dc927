import { toId } from '../../base/int64.ts'
import { limits } from '../../base/limits.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { MetaOperation } from '../../meta/meta-kv.ts'
import type { DefinitionMessageRecord } from '../../meta/records.ts'
import type { Catalog } from '../../meta/tables.ts'
import { Listeners } from '../channels/listeners.ts'
import type { TimestampOracle } from './timestamp-oracle.ts'

/** A message before it has its place. */
export type DefinitionMessage = DefinitionMessageRecord extends infer Kind
  ? Kind extends DefinitionMessageRecord
    ? Omit<Kind, 'position'>
    : never
  : never

/**
 * What was done to the catalog, in order. A message is written in the batch that does it, so history
 * and catalog never disagree, whatever crashes. The newest messages are kept.
 */
export class DefinitionHistory {
  readonly #catalog: Catalog
  readonly #oracle: TimestampOracle
  readonly #listeners = new Listeners()
  #first: bigint
  #next: bigint
  /** A change that is being made has a later timestamp than this. */
  #changingSince: Timestamp | undefined

  private constructor(catalog: Catalog, oracle: TimestampOracle, first: bigint, next: bigint) {
    this.#catalog = catalog
    this.#oracle = oracle
    this.#first = first
    this.#next = next
  }

  static async open(catalog: Catalog, oracle: TimestampOracle): Promise<DefinitionHistory> {
    let first: bigint | undefined
    let next = 0n
    for await (const { position } of catalog.definitionMessages.scan()) {
      first ??= position
      next = position + 1n
    }
    return new DefinitionHistory(catalog, oracle, first ?? 0n, next)
  }

  /** The position of the oldest message that is kept. */
  get first(): bigint {
    return this.#first
  }

  /** The position that the next message will take. */
  get next(): bigint {
    return this.#next
  }

  /** Everything with this timestamp or an earlier one is told, and nothing of it is to come. */
  watermark(): Timestamp {
    return this.#changingSince ?? this.#oracle.next()
  }

  subscribe(listener: () => void): Disposable {
    return this.#listeners.add(listener)
  }

  /** Undefined when it is not kept any more. */
  read(position: bigint): Promise<DefinitionMessageRecord | undefined> {
    return this.#catalog.definitionMessages.get(position)
  }

  /** Runs a change, whose timestamps are all taken within; changes do not overlap. */
  async change<T>(make: () => Promise<T>): Promise<T> {
    await this.#oracle.ready()
    this.#changingSince = this.#oracle.next()
    try {
      return await make()
    } finally {
      this.#changingSince = undefined
    }
  }

  /** Writes the operations and the messages as one batch, then tells of the messages. */
  async write(
    operations: readonly MetaOperation[],
    messages: readonly DefinitionMessage[],
  ): Promise<void> {
    const table = this.#catalog.definitionMessages
    const next = this.#next + BigInt(messages.length)
    const keptFrom = next - BigInt(limits.definitionMessageCountMax)
    const puts = messages.map((message, index) =>
      table.put({ ...message, position: this.#next + BigInt(index) }),
    )
    const drops: MetaOperation[] = []
    for (let old = this.#first; old < keptFrom; old += 1n) drops.push(table.drop(old))
    await this.#catalog.write([...operations, ...puts, ...drops])
    this.#next = next
    if (keptFrom > this.#first) this.#first = toId<bigint>(keptFrom)
    if (messages.length > 0) this.#listeners.tell()
  }
}
