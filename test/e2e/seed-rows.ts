import { randomFillSync } from 'node:crypto'
import { expect } from 'vitest'
import { type Answer, isAnswer, type SeedClient, statusOf } from './seed-client.ts'

/** Collections of random rows, and what nodes tell of themselves, by the protos alone. */
export const services = {
  master: 'elanus.master.Master',
  data: 'elanus.data.DataService',
  dataNode: 'elanus.data.DataNode',
  index: 'elanus.index.IndexService',
  indexNode: 'elanus.index.IndexNode',
  stream: 'elanus.message.MessageStream',
} as const

export const named = { collection_name: 'birds' }

/** Calls what must succeed. */
export type Succeed = (service: string, method: string, request?: object) => Promise<Answer>

export function succeeding(client: SeedClient): Succeed {
  return async (service, method, request = {}) => {
    const answer = await client.call(service, method, request)
    expect([method, statusOf(answer), answer]).toEqual([method, 'SUCCESS', answer])
    return answer
  }
}

/** How many nodes a service has. */
export async function nodeCount(
  client: SeedClient,
  service: string = services.index,
): Promise<number> {
  const { subcomponent_states } = await client.call(service, 'GetComponentStates')
  return Array.isArray(subcomponent_states) ? subcomponent_states.length : 0
}

/** How many builds a node is at. */
export function buildCount(client: SeedClient): Promise<number> {
  return tallyOf(client, services.indexNode, 'build_count')
}

/** A number that a node tells of itself. */
export async function tallyOf(client: SeedClient, service: string, key: string): Promise<number> {
  const { state } = await client.call(service, 'GetComponentStates')
  const info: unknown[] =
    isAnswer(state) && Array.isArray(state['extra_info']) ? state['extra_info'] : []
  const found = info.filter(isAnswer).find((entry) => entry['key'] === key)
  return Number(found?.['value'] ?? -1)
}

export async function collectionIdOf(succeed: Succeed): Promise<unknown> {
  return (await succeed(services.master, 'DescribeCollection', named))['collectionID']
}

const batchRowCount = 500

/** Inserts random vectors; their keys count up from `from`. Makes the collection where it is absent. */
export async function insertRows(
  succeed: Succeed,
  { from = 0, count, dimension = 64 }: { from?: number; count: number; dimension?: number },
): Promise<void> {
  const fields = [
    { name: 'id', data_type: 'INT64', is_primary_key: true },
    {
      name: 'vector',
      data_type: 'VECTOR_FLOAT',
      type_params: [{ key: 'dim', value: String(dimension) }],
    },
  ]
  if ((await succeed(services.master, 'HasCollection', named))['value'] !== true) {
    await succeed(services.master, 'CreateCollection', { ...named, schema: { fields } })
  }
  for (let key = from; key < from + count; key += batchRowCount) {
    const length = Math.min(batchRowCount, from + count - key)
    const row_data = Array.from({ length }, (_, row) => ({
      value: randomRow(key + row, dimension),
    }))
    await succeed(services.stream, 'Insert', { ...named, row_data })
  }
}

/** Flushes what there is; the answer says when all of it is flushed. */
export async function beginFlush(succeed: Succeed): Promise<() => Promise<boolean>> {
  const collectionID = await collectionIdOf(succeed)
  const flushed = await succeed(services.data, 'Flush', { collectionID })
  const asked = { ...flushed, status: undefined, collectionID }
  return async () => (await succeed(services.data, 'GetFlushState', asked))['flushed'] === true
}

/** A flushed collection of random vectors. */
export async function makeRows(
  succeed: Succeed,
  rows: { from?: number; count: number; dimension?: number },
): Promise<void> {
  await insertRows(succeed, rows)
  const isFlushed = await beginFlush(succeed)
  await expect.poll(isFlushed, { timeout: 30_000 }).toBe(true)
}

/** Small numbers: any bytes whose exponent is not full make one. */
function randomRow(key: number, dimension: number): Buffer {
  const value = Buffer.alloc(8 + 4 * dimension)
  value.writeBigInt64LE(BigInt(key))
  const random = randomFillSync(new Uint8Array(dimension))
  for (const [place, byte] of random.entries()) value.writeFloatLE(byte / 256, 8 + 4 * place)
  return value
}
