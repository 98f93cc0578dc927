import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/base/random.ts'
import { dealChannels } from '../../../src/services/seed/data/deal-channels.ts'
import { seedOfRun } from '../../support/seeds.ts'

const none: ReadonlyMap<string, bigint> = new Map()

describe('channels', () => {
  it('have no owner while there is no node', () => {
    expect(dealChannels(['a', 'b'], [], none).size).toBe(0)
  })

  it('go to the only node, and one of two to the next', () => {
    const alone = dealChannels(['a', 'b'], [1n], none)
    expect([...alone]).toEqual([
      ['a', 1n],
      ['b', 1n],
    ])
    const both = dealChannels(['a', 'b'], [1n, 2n], alone)
    expect(both).toEqual(
      new Map([
        ['a', 1n],
        ['b', 2n],
      ]),
    )
  })

  it('of a node that has left go to those that stay, and no others move', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const before = dealChannels(names, [1n, 2n, 3n], none)
    const after = dealChannels(names, [1n, 3n], before)
    const stayed = [...before].filter(([, owner]) => owner !== 2n)
    expect(stayed.map(([name]) => [name, after.get(name)])).toEqual(stayed)
    expect(countsOf(after)).toEqual([3, 3])
  })

  it('are shared evenly and move as little as that takes, whoever comes and goes', () => {
    const seed = seedOfRun()
    const random = seededRandom(seed)
    let owners = none
    let nodeIDs: readonly bigint[] = []
    const names = Array.from({ length: 7 }, (_, place) => `channel-${place}`)
    for (let round = 0; round < 1_000; round += 1) {
      const isLeaving = nodeIDs.length > 0 && random.below(2) === 0
      nodeIDs = isLeaving
        ? nodeIDs.toSpliced(random.below(nodeIDs.length), 1)
        : [...nodeIDs, BigInt(round + 1)]
      const next = dealChannels(names, nodeIDs, owners)
      expect(next.size, `seed ${seed}`).toBe(nodeIDs.length === 0 ? 0 : names.length)
      for (const owner of next.values()) expect(nodeIDs).toContain(owner)
      const counts = nodeIDs.map((nodeID) => countOf(next, nodeID))
      expect(Math.max(0, ...counts) - Math.min(...counts), `seed ${seed}`).toBeLessThanOrEqual(1)
      // Who stays gives up no more than what is above an even share.
      const share = Math.floor(names.length / Math.max(1, nodeIDs.length))
      for (const nodeID of nodeIDs) {
        const kept = names.filter(
          (name) => owners.get(name) === nodeID && next.get(name) === nodeID,
        )
        expect(kept.length, `seed ${seed}`).toBeGreaterThanOrEqual(
          Math.min(countOf(owners, nodeID), share),
        )
      }
      owners = next
    }
  })
})

function countOf(owners: ReadonlyMap<string, bigint>, nodeID: bigint): number {
  return [...owners.values()].filter((owner) => owner === nodeID).length
}

function countsOf(owners: ReadonlyMap<string, bigint>): readonly number[] {
  return [...new Set(owners.values())].map((nodeID) => countOf(owners, nodeID))
}
