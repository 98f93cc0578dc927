/** What must be there: obviously right, rows in maps and nothing else. */
export class Model {
  readonly collections = new Map<string, ModelCollection>()
}

export class ModelCollection {
  readonly name: string
  readonly shardCount: number
  readonly partitions = new Map<string, ModelPartition>()
  /** Keys that a write on its way, or one of unknown outcome, may change: nobody else touches them. */
  readonly lockedKeys = new Set<bigint>()
  /** Writes that a crash cut short: wholly there or wholly not, which only a look can tell. */
  uncertain: readonly Write[] = []
  /** Calls on their way that name it. */
  callCount = 0
  /** Drops of it or of a partition that began, and those whose outcome is known. */
  dropsBegun = 0
  dropsEnded = 0
  /** Keys whose rows were deleted; none of them is ever written again. */
  readonly deletedKeys: bigint[] = []

  constructor(name: string, shardCount: number) {
    this.name = name
    this.shardCount = shardCount
    this.addPartition('_default')
  }

  addPartition(name: string): void {
    this.partitions.set(name, new ModelPartition(name))
  }

  /** Where a key's row is, and what it says. */
  find(key: bigint): PlacedRow | undefined {
    for (const partition of this.partitions.values()) {
      const tag = partition.rows.get(key)
      if (tag !== undefined) return { partitionName: partition.name, tag }
    }
    return undefined
  }

  /** Keys of rows that nothing on its way may change, in the order of their insertion. */
  freeKeys(): readonly bigint[] {
    const keys = [...this.partitions.values()].flatMap(({ rows }) => [...rows.keys()])
    return keys.filter((key) => !this.lockedKeys.has(key))
  }

  apply(write: Write): void {
    for (const partition of this.partitions.values()) {
      if (write.kind === 'insert') break
      for (const key of write.rows.keys()) partition.rows.delete(key)
    }
    if (write.kind === 'delete') {
      this.deletedKeys.push(...write.rows.keys())
      return
    }
    // The object, not the name: a partition made anew has none of the old one's rows.
    for (const [key, tag] of write.rows) write.partition.rows.set(key, tag)
  }

  lock(write: Write): void {
    for (const key of write.rows.keys()) this.lockedKeys.add(key)
  }

  unlock(write: Write): void {
    for (const key of write.rows.keys()) this.lockedKeys.delete(key)
  }
}

export class ModelPartition {
  readonly name: string
  /** What a key's row says. */
  readonly rows = new Map<bigint, string>()

  constructor(name: string) {
    this.name = name
  }
}

export interface PlacedRow {
  readonly partitionName: string
  readonly tag: string
}

/** One request's rows; a delete's have empty tags. */
export interface Write {
  readonly kind: 'insert' | 'upsert' | 'delete'
  readonly partition: ModelPartition
  readonly rows: ReadonlyMap<bigint, string>
}
