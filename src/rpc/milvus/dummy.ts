import type { Proxy } from '../../services/proxy/proxy.ts'

/**
 * Whether a Dummy, which is a query by another name, is answered with anything but a failure. Its
 * request is JSON: `{"request_type": "query", "dbname": …, "collection_name": …}`.
 */
export async function isDummyAnswered(
  proxy: Proxy,
  text: string,
  databaseName: string,
): Promise<boolean> {
  const request = fieldsOf(text)
  if (request['request_type'] !== 'query') return false
  try {
    await proxy.query({
      databaseName: request['dbname'] ?? databaseName,
      collectionName: request['collection_name'] ?? '',
      partitionNames: [],
      filter: '',
      outputFields: ['count(*)'],
      limit: undefined,
      offset: 0,
      consistencyLevel: undefined,
      guaranteeTimestamp: 0n,
    })
    return true
  } catch {
    // Its response has no place for a reason.
    return false
  }
}

/** The fields that are text; none of what is no JSON object. */
function fieldsOf(text: string): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => {
        return typeof entry[1] === 'string'
      }),
    )
  } catch {
    // As of a request that asks for nothing.
    return {}
  }
}
