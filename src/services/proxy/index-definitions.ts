import { ElanusError } from '../../base/errors.ts'
import type { CollectionRecord, IndexRecord } from '../../meta/records.ts'
import { parseScalarIndexType, scalarIndexTargetOf } from '../../scalar-index/scalar-index-types.ts'
import { type FieldSchema, isVectorField } from '../../schema/collection-schema.ts'
import { elementTypeOf, isVectorType } from '../../schema/data-type.ts'
import { processorTypes } from '../../vector-index/index-type-names.ts'
import { parseIndexSpec } from '../../vector-index/index-types.ts'
import type { IndexService } from '../index/index-service.ts'
import { isScalarIndex } from '../index/index-spec.ts'
import type { Master } from '../master/master.ts'
import { checkName } from '../master/names.ts'
import type { QueryService } from '../query/query-service.ts'
import type { CreateIndexRequest, IndexDescription, IndexTarget } from './proxy.ts'

export class IndexDefinitions {
  readonly #master: Master
  readonly #index: IndexService
  readonly #query: QueryService

  constructor(options: {
    readonly master: Master
    readonly index: IndexService
    readonly query: QueryService
  }) {
    this.#master = options.master
    this.#index = options.index
    this.#query = options.query
  }

  async create(request: CreateIndexRequest): Promise<void> {
    const collection = this.#find(request)
    const field = fieldOf(collection, request.fieldName)
    const name = request.indexName === '' ? field.name : request.indexName
    checkName('index', name)
    const spec = isVectorField(field)
      ? parseIndexSpec(request.params, { ...field, elementType: elementTypeOf(field.type) })
      : scalarSpecOf(collection, field, request)
    await this.#master.createIndex(collection.id, {
      ...spec,
      name,
      fieldId: field.id,
      given: request.params,
    })
  }

  describe(target: IndexTarget): readonly IndexDescription[] {
    const collection = this.#find(target)
    const indexes = select(collection, target)
    if (indexes.length === 0) throw indexNotFound(collection)
    return indexes.map((index) => this.#describe(collection, index))
  }

  async drop(target: IndexTarget): Promise<void> {
    const collection = this.#find(target)
    const indexes = select(collection, target)
    const isOfVectors = indexes.some((index) => !isScalarIndex(index))
    if (isOfVectors && this.#query.state(collection.id).kind !== 'notLoaded') {
      throw new ElanusError(
        'INVALID_ARGUMENT',
        `vector index cannot be dropped on loaded collection: ${collection.schema.name}`,
      )
    }
    for (const index of indexes) await this.#master.dropIndex(collection.id, index.id)
  }

  /** A collection is loaded with its indexes, so each vector field must have one. */
  requireForLoad(collection: CollectionRecord): void {
    const missing = collection.schema.fields.filter(
      (field) =>
        isVectorType(field.type) && !collection.indexes.some(({ fieldId }) => fieldId === field.id),
    )
    if (missing.length === 0) return
    const names = missing.map(({ name }) => name).join(' ')
    throw new ElanusError(
      'INDEX_NOT_FOUND',
      `there is no vector index on field: [${names}], please create index firstly: ` +
        `index not found[collection=${collection.schema.name}]`,
    )
  }

  #find(target: CreateIndexRequest | IndexTarget): CollectionRecord {
    return this.#master.describeCollection(target.databaseName, target.collectionName)
  }

  #describe(collection: CollectionRecord, index: IndexRecord): IndexDescription {
    const progress = this.#index.progress(collection, index)
    const field = collection.schema.fields.find(({ id }) => id === index.fieldId)
    return {
      id: index.id,
      name: index.name,
      fieldName: field?.name ?? '',
      params: echoed(index),
      indexedRowCount: progress.indexedRowCount,
      totalRowCount: progress.totalRowCount,
      pendingRowCount: progress.totalRowCount - progress.indexedRowCount,
      state: progress.state,
      failReason: progress.failReason,
    }
  }
}

/**
 * What the client gave, completed by what it left to the server, and by what was built in place of an
 * index for graphics cards.
 */
function echoed(index: IndexRecord): IndexRecord['given'] {
  const chosen = [
    { key: 'index_type', value: index.type },
    ...(index.metric === undefined ? [] : [{ key: 'metric_type', value: index.metric }]),
  ]
  const isChosen = (key: string): boolean => chosen.some((param) => param.key === key)
  const given = index.given.filter(({ key, value }) => value !== '' || !isChosen(key))
  const isProcessed = given.some(
    ({ key, value }) => key === 'index_type' && value.toUpperCase() in processorTypes,
  )
  const built = isProcessed ? [{ key: 'cpu_index_type', value: index.type }] : []
  const left = chosen.filter(({ key }) => !given.some((param) => param.key === key))
  return [...given, ...left, ...built]
}

function select(collection: CollectionRecord, target: IndexTarget): readonly IndexRecord[] {
  return collection.indexes.filter((index) => {
    const field = collection.schema.fields.find(({ id }) => id === index.fieldId)
    if (target.fieldName !== '' && field?.name !== target.fieldName) return false
    return target.indexName === '' || index.name === target.indexName
  })
}

function fieldOf(collection: CollectionRecord, name: string): FieldSchema {
  const field = collection.schema.fields.find((known) => known.name === name)
  if (field === undefined) {
    throw new ElanusError(
      'FIELD_NOT_FOUND',
      `cannot create index on non-exist field: ${name}: field not found[field=${name}]`,
    )
  }
  return field
}

function scalarSpecOf(
  { schema }: CollectionRecord,
  field: FieldSchema,
  { params: given }: CreateIndexRequest,
): Pick<IndexRecord, 'type' | 'params'> {
  const type = parseScalarIndexType(field, schema.primaryKey.fieldId, given)
  // For its faults: what cannot be read is refused now, and not when a segment is loaded.
  scalarIndexTargetOf(schema, { fieldId: field.id, given })
  return { type, params: {} }
}

function indexNotFound(collection: CollectionRecord): ElanusError {
  return new ElanusError('INDEX_NOT_FOUND', `index not found[collection=${collection.schema.name}]`)
}
