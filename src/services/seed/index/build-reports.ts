import { ElanusError } from '../../../base/errors.ts'
import type { BuildFacts } from '../../../workers/tasks.ts'
import type { BuildIndexNotification } from '../index-messages.ts'
import { isSuccess } from '../status.ts'

interface Expected {
  readonly nodeID: bigint
  readonly resolve: (facts: BuildFacts) => void
  readonly reject: (error: ElanusError) => void
}

/**
 * What index nodes are to report. A report that nobody waits for, of an attempt that is not current
 * or of one that has been reported already, changes nothing.
 */
export class BuildReports {
  readonly #expected = new Map<string, Expected>()

  /** Resolves with the node's report of this attempt; rejects as the signal says. */
  expect(
    attempt: { readonly buildID: bigint; readonly version: number; readonly nodeID: bigint },
    signal: AbortSignal,
  ): Promise<BuildFacts> {
    const key = keyOf(attempt.buildID, BigInt(attempt.version))
    const { promise, resolve, reject } = Promise.withResolvers<BuildFacts>()
    const abort = (): void => {
      const reason: unknown = signal.reason
      reject(
        reason instanceof ElanusError
          ? reason
          : new ElanusError('CANCELED', `Build ${attempt.buildID} is not waited for any more`),
      )
    }
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    this.#expected.set(key, { nodeID: attempt.nodeID, resolve, reject })
    return promise.finally(() => {
      signal.removeEventListener('abort', abort)
      this.#expected.delete(key)
    })
  }

  /** Whether the report was waited for. */
  take(report: BuildIndexNotification): boolean {
    const expected = this.#expected.get(keyOf(report.indexBuildID, report.version))
    if (expected === undefined || expected.nodeID !== report.nodeID) return false
    if (isSuccess(report.status)) {
      const files = report.indexFiles.map(({ path, size, crc32c }) => ({
        path,
        sizeBytes: Number(size),
        crc32c,
      }))
      expected.resolve({ files, rowCount: Number(report.numRows) })
    } else {
      const reason = report.status?.reason ?? 'it does not say why'
      const message = `Index node ${report.nodeID} cannot build ${report.indexBuildID}: ${reason}`
      expected.reject(new ElanusError('WORKER_FAILED', message))
    }
    return true
  }
}

function keyOf(buildID: bigint, version: bigint): string {
  return `${buildID}/${version}`
}
