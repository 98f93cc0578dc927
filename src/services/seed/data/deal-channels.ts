/**
 * Deals channels out to nodes: each channel has one owner, no two nodes differ by more than one
 * channel, and a channel stays with the owner that it has unless that must be so.
 */
export function dealChannels(
  channels: readonly string[],
  nodeIDs: readonly bigint[],
  former: ReadonlyMap<string, bigint>,
): ReadonlyMap<string, bigint> {
  if (nodeIDs.length === 0) return new Map()
  const held = new Map(nodeIDs.map((nodeID): [bigint, string[]] => [nodeID, []]))
  for (const channel of channels) held.get(former.get(channel) ?? -1n)?.push(channel)
  // Who has the most may keep the one that is left over when they are shared out evenly.
  const byHeld = [...held].toSorted(([, one], [, other]) => other.length - one.length)
  const share = Math.floor(channels.length / nodeIDs.length)
  const remainder = channels.length % nodeIDs.length
  const owners = new Map<string, bigint>()
  const vacant: bigint[] = []
  for (const [place, [nodeID, own]] of byHeld.entries()) {
    const quota = share + (place < remainder ? 1 : 0)
    for (const channel of own.slice(0, quota)) owners.set(channel, nodeID)
    for (let count = own.length; count < quota; count += 1) vacant.push(nodeID)
  }
  for (const channel of channels) {
    const nodeID = owners.has(channel) ? undefined : vacant.shift()
    if (nodeID !== undefined) owners.set(channel, nodeID)
  }
  return owners
}
