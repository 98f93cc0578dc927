import { MilvusClient } from '@zilliz/milvus2-sdk-node'

const client = new MilvusClient({ address: 'localhost:19530' })
const collection_name = 'hello'
await client.createCollection({
  collection_name,
  fields: [
    { name: 'id', data_type: 'Int64', is_primary_key: true },
    { name: 'title', data_type: 'VarChar', max_length: 100 },
    { name: 'vector', data_type: 'FloatVector', dim: 4 },
  ],
  index_params: [{ field_name: 'vector', index_type: 'HNSW', metric_type: 'COSINE' }],
})
const data = [
  { id: 1, title: 'a kite', vector: [1, 0, 0, 0] },
  { id: 2, title: 'a small kite', vector: [0.9, 0.1, 0, 0] },
  { id: 3, title: 'a stone', vector: [0, 0, 0, 1] },
]
await client.insert({ collection_name, data })
const { results } = await client.search({
  collection_name,
  data: [1, 0, 0, 0],
  limit: 2,
  output_fields: ['title'],
})
console.log(results)
await client.closeConnection()
