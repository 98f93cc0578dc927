import { load, quietClientOf } from './packages.ts'
import { embeddingOf } from './vectors.ts'

interface Document {
  readonly pageContent: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What the tests use of LangChain's store. */
export interface LangchainStore {
  addDocuments(documents: readonly Document[], options?: object): Promise<unknown>
  similaritySearch(text: string, k: number, filter?: string): Promise<readonly Document[]>
  similaritySearchWithScore(
    text: string,
    k: number,
    filter?: string,
  ): Promise<readonly (readonly [Document, number])[]>
  delete(params: { readonly filter?: string; readonly ids?: readonly string[] }): Promise<void>
}

interface StoreModule {
  readonly Milvus: new (embeddings: object, args: object) => LangchainStore
}

const storeModule = '@langchain/community/vectorstores/milvus'
const dimension = 24

export function langchainStore(address: string, options: object): LangchainStore {
  const { Milvus } = load<StoreModule>(storeModule)
  quietClientOf(storeModule)
  return new Milvus(embeddings, { url: address, textFieldMaxLength: 1_000, ...options })
}

const embeddings = {
  embedQuery: (text: string) => Promise.resolve(embeddingOf(text, dimension)),
  embedDocuments: (texts: readonly string[]) =>
    Promise.resolve(texts.map((text) => embeddingOf(text, dimension))),
}
