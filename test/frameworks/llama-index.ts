import type { Book } from './books.ts'
import { load, quietClientOf } from './packages.ts'
import { embeddingOf } from './vectors.ts'

export interface MetadataFilter {
  readonly key: string
  readonly value: unknown
  readonly operator: string
}

/** LlamaIndex's store, asked in books and answering in titles. */
export interface LlamaIndexStore {
  /** Resolves with their ids. */
  add(books: readonly Book[]): Promise<readonly string[]>
  query(text: string, topk: number, filters?: readonly MetadataFilter[]): Promise<readonly string[]>
  delete(id: string): Promise<void>
}

interface Node {
  getContent(mode: string): string
}

interface Store {
  add(nodes: readonly Node[]): Promise<readonly string[]>
  delete(id: string): Promise<void>
  query(query: object): Promise<{ readonly nodes: readonly Node[] }>
}

interface StoreModule {
  readonly MilvusVectorStore: new (options: object) => Store
}

interface SchemaModule {
  readonly TextNode: new (options: object) => Node
}

const storeModule = '@llamaindex/milvus'
/** The store makes its collection for embeddings of this length. */
const dimension = 1536

export function llamaIndexStore(address: string, collection: string): LlamaIndexStore {
  const { MilvusVectorStore } = load<StoreModule>(storeModule)
  quietClientOf(storeModule)
  const { TextNode } = load<SchemaModule>('@llamaindex/core/schema')
  const params = { configOrAddress: address }
  const store = new MilvusVectorStore({ collection, params, embedModel: {} })
  return {
    add: (books) =>
      store.add(
        books.map(
          ({ title, ...metadata }) =>
            new TextNode({ text: title, metadata, embedding: embeddingOf(title, dimension) }),
        ),
      ),
    async query(text, similarityTopK, filters) {
      const { nodes } = await store.query({
        queryEmbedding: embeddingOf(text, dimension),
        similarityTopK,
        mode: 'default',
        ...(filters === undefined ? {} : { filters: { filters } }),
      })
      return nodes.map((node) => node.getContent('NONE'))
    },
    delete: (id) => store.delete(id),
  }
}
