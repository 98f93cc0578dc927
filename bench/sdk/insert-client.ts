import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import type { DataSet } from '../lib/data-set.ts'
import { loadDataSet, rowOf } from '../lib/data-set.ts'
import { serveOperations } from '../lib/helper.ts'
import { collectionFields } from '../lib/milvus-messages.ts'
import { requireSuccess } from './official-client.ts'

/**
 * The official client alone in a process, doing what most programs do: it inserts batch after
 * batch and waits for each. Its own work (arrays to protobuf, and a JSON text of each request) is
 * what the null server shows the price of.
 */
let dataSet: DataSet | undefined

export interface InsertTask {
  readonly port: number
  readonly collectionName: string
  readonly batchRowCount: number
  /** The first so many rows of the data set. */
  readonly rowCount: number
}

export interface InsertResult {
  /** Only while a call was under way: the rows of a batch are made before its clock starts. */
  readonly seconds: number
  readonly batchMs: Float64Array
}

const operations = {
  async open(folder: string): Promise<void> {
    dataSet = await loadDataSet(folder)
  },

  async insert(task: InsertTask): Promise<InsertResult> {
    const client = new MilvusClient({ address: `127.0.0.1:${task.port}` })
    await client.connectPromise
    const batchMs: number[] = []
    for (let from = 0; from < task.rowCount; from += task.batchRowCount) {
      const data = rows(from, Math.min(from + task.batchRowCount, task.rowCount))
      const startMs = performance.now()
      const result = await client.insert({ collection_name: task.collectionName, data })
      batchMs.push(performance.now() - startMs)
      requireSuccess(result.status, `insert rows from ${from}`)
    }
    await client.closeConnection()
    const totalMs = batchMs.reduce((sum, ms) => sum + ms, 0)
    return { seconds: totalMs / 1000, batchMs: Float64Array.from(batchMs) }
  },
}

export type InsertClient = typeof operations

serveOperations(operations)

function rows(from: number, to: number): Record<string, number | number[]>[] {
  const source = dataSet
  if (source === undefined) throw new Error('Open a data set before inserting it')
  return Array.from({ length: to - from }, (_, index) => ({
    [collectionFields.primaryKey]: from + index,
    [collectionFields.vector]: Array.from(rowOf(source.base, source.dimension, from + index)),
  }))
}
