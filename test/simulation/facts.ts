import { physicalMsOf } from '../../src/base/timestamp.ts'
import type { BinlogRecord, SegmentRecord } from '../../src/meta/records.ts'
import { type Catalog, openCatalog } from '../../src/meta/tables.ts'
import type { Ledger } from './ledger.ts'
import { simulatedSettings } from './settings.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { require } from './violation.ts'
import type { World } from './world.ts'

const stateRanks = { growing: 0, sealed: 1, flushing: 2, flushed: 3, dropped: 4 } as const

/** What meta says, against the objects and against what it said before. */
export class Facts {
  readonly #world: World
  readonly #ledger: Ledger
  readonly #catalog: Catalog
  readonly #ranks = new Map<bigint, number>()
  readonly #checkpoints = new Map<string, bigint>()

  constructor(world: World, ledger: Ledger) {
    this.#world = world
    this.#ledger = ledger
    this.#catalog = openCatalog(world.durableMeta)
  }

  /** What holds at any moment, in the middle of everything. */
  async check(): Promise<void> {
    await this.#checkIds()
    const segments = await Array.fromAsync(this.#catalog.segments.scan())
    for (const segment of segments) await this.#checkSegment(segment)
    await this.#checkPositions()
    await this.#checkBuilds(segments)
  }

  /** That every object is named: only once the sweep has been. */
  async checkNoOrphans(): Promise<void> {
    const named = new Set<string>()
    for await (const { path } of this.#catalog.binlogs.scan()) named.add(path)
    for await (const build of this.#catalog.builds.scan()) {
      if (build.state === 'finished') for (const { path } of build.files) named.add(path)
    }
    const orphan = [...this.#world.objects.keys()].find((name) => !named.has(name))
    require(orphan === undefined, () => `object ${orphan} is left, and nothing names it`)
  }

  /** Whether an object may go away now: nothing that is in use names it. */
  async checkDrop(name: string, process: SimulatedProcess): Promise<void> {
    const [folder, ...parts] = name.split('/')
    const ids = parts.map((part) => BigInt(part.replaceAll(/\D/g, '') || '0'))
    if (folder === 'index_files') {
      const build = await this.#catalog.builds.get(ids[0] ?? 0n)
      if (build?.state !== 'finished' || build.files.every(({ path }) => path !== name)) return
      const collection = await this.#catalog.collections.get(build.collectionId)
      const segment = await this.#segment(build.collectionId, build.segmentId)
      const isWanted =
        collection?.state === 'created' &&
        segment?.state === 'flushed' &&
        collection.indexes.some(({ id }) => id === build.indexId)
      require(!isWanted, () => `${name} goes away, and build ${build.id} needs it`)
      return
    }
    const collection = await this.#catalog.collections.get(ids[0] ?? 0n)
    if (collection?.state !== 'created') return
    const binlogs = await Array.fromAsync(this.#catalog.binlogs.scan(collection.id))
    const binlog = binlogs.find(({ path }) => path === name)
    if (binlog === undefined) return
    const segment = await this.#segment(collection.id, binlog.segmentId)
    require(segment?.state === 'dropped', () => `${name} goes away, and segment needs it`)
    const ageMs = process.nowMs() - physicalMsOf(segment.droppedAt)
    require(ageMs >= simulatedSettings.droppedToleranceMs, () => {
      return `${name} goes away ${ageMs} ms after segment ${segment.id} was dropped`
    })
  }

  async #segment(collectionId: bigint, id: bigint): Promise<SegmentRecord | undefined> {
    const segments = await Array.fromAsync(this.#catalog.segments.scan(collectionId))
    return segments.find((segment) => segment.id === id)
  }

  async #checkIds(): Promise<void> {
    const take = (id: bigint, owner: string): void => this.#ledger.takeId(id, owner)
    for await (const { id, partitions, indexes, createdAt } of this.#catalog.collections.scan()) {
      take(id, `collection of ${createdAt}`)
      for (const partition of partitions) take(partition.id, `partition of ${partition.createdAt}`)
      for (const index of indexes) take(index.id, `index of ${index.createdAt}`)
    }
    for await (const { id, openedAt } of this.#catalog.segments.scan()) {
      take(id, `segment of ${openedAt}`)
    }
    for await (const { id, segmentId, indexId } of this.#catalog.builds.scan()) {
      take(id, `build of ${indexId} over ${segmentId}`)
    }
    for await (const { logId, path } of this.#catalog.binlogs.scan()) take(logId, path)
  }

  async #checkSegment(segment: SegmentRecord): Promise<void> {
    const { id, state, collectionId, partitionId } = segment
    const rank = stateRanks[state]
    const former = this.#ranks.get(id) ?? 0
    require(rank >= former, () => `segment ${id} goes back to ${state}`)
    this.#ranks.set(id, rank)
    const binlogs = await Array.fromAsync(this.#catalog.binlogs.scan(collectionId, partitionId, id))
    if (state !== 'flushed') {
      const isNamed = binlogs.length > 0 && state !== 'dropped'
      require(!isNamed, () => `segment ${id} is ${state}, and has binlogs`)
      return
    }
    const collection = await this.#catalog.collections.get(collectionId)
    if (collection?.state !== 'created') return
    for (const binlog of binlogs) this.#checkObject(binlog)
    const fields = Map.groupBy(
      binlogs.filter(({ kind }) => kind === 'insert'),
      ({ fieldId }) => fieldId,
    )
    const fieldCount = collection.schema.fields.length + 2
    require(fields.size === fieldCount, () => {
      return `segment ${id} is flushed with ${fields.size} fields of ${fieldCount}`
    })
    for (const [fieldId, files] of fields) {
      const rowCount = files.reduce((sum, file) => sum + file.rowCount, 0)
      require(rowCount === segment.rowCount, () => {
        return `segment ${id} has ${segment.rowCount} rows, and ${rowCount} in field ${fieldId}`
      })
    }
  }

  #checkObject({ path, sizeBytes, crc32c }: Pick<BinlogRecord, 'path' | 'sizeBytes' | 'crc32c'>) {
    const facts = this.#world.objects.get(path)?.facts
    require(facts !== undefined, () => `meta names ${path}, and it is not there`)
    const isSame = facts.sizeBytes === sizeBytes && facts.crc32c === crc32c
    require(isSame, () => `meta names ${path}, and another is there`)
  }

  /** Positions only move on. */
  async #checkPositions(): Promise<void> {
    for await (const channel of this.#catalog.channels.scan()) {
      const { virtualChannel, checkpoint, deletePosition } = channel
      for (const [what, position] of Object.entries({ checkpoint, deletePosition })) {
        const key = `${what} of ${virtualChannel}`
        const former = this.#checkpoints.get(key) ?? 0n
        require(position >= former, () => `the ${key} goes back from ${former} to ${position}`)
        this.#checkpoints.set(key, position)
      }
    }
  }

  async #checkBuilds(segments: readonly SegmentRecord[]): Promise<void> {
    const finished = new Set<string>()
    for await (const build of this.#catalog.builds.scan()) {
      if (build.state !== 'finished') continue
      const { id, version, segmentId, indexId, files } = build
      const target = `index ${indexId} of segment ${segmentId}`
      require(!finished.has(target), () => `${target} is built twice`)
      finished.add(target)
      const collection = await this.#catalog.collections.get(build.collectionId)
      const isServed =
        collection?.state === 'created' &&
        collection.indexes.some((index) => index.id === indexId) &&
        segments.some((segment) => segment.id === segmentId && segment.state === 'flushed')
      if (!isServed) continue
      for (const file of files) {
        const isOwn = file.path.startsWith(`index_files/${id}/${version}/`)
        require(isOwn, () => `build ${id} version ${version} has the file ${file.path}`)
        this.#checkObject(file)
      }
    }
  }
}
