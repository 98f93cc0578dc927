import { describe, expect, it } from 'vitest'
import { ElanusError } from '../../../src/base/errors.ts'
import {
  type BoolResponse,
  type Empty,
  ErrorCode,
  StateCode,
} from '../../../src/services/seed/common-messages.ts'
import { Lifecycle } from '../../../src/services/seed/lifecycle.ts'

describe('a service', () => {
  it('answers once it is healthy, and says before what it is', async () => {
    const lifecycle = new Lifecycle('master', 1n)
    const call = lifecycle.answer<Empty, BoolResponse>({ value: false }, async () => ({
      value: true,
    }))
    const before = await call({})
    expect(before.value).toBe(false)
    expect(before.status?.errorCode).toBe(ErrorCode.UNEXPECTED_ERROR)
    expect(before.status?.reason).toContain('server is initializing')
    lifecycle.markHealthy()
    expect(await call({})).toEqual({ value: true, status: { errorCode: 0, reason: '' } })
    lifecycle.markAbnormal()
    expect((await call({})).status?.reason).toContain('state code = ABNORMAL')
    expect(lifecycle.states([]).state?.stateCode).toBe(StateCode.ABNORMAL)
  })

  it('turns whatever is thrown into a status', async () => {
    const lifecycle = new Lifecycle('master', 1n)
    lifecycle.markHealthy()
    const known = lifecycle.command(async () => {
      throw new ElanusError('COLLECTION_NOT_FOUND', 'there is none')
    })
    expect(await known({})).toEqual({
      errorCode: ErrorCode.COLLECTION_NOT_EXISTS,
      reason: 'there is none',
    })
    const unknown = lifecycle.command(async () => {
      throw new TypeError('oops')
    })
    expect((await unknown({})).errorCode).toBe(ErrorCode.UNEXPECTED_ERROR)
  })
})
