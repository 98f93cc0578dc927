import { describe, expect, it } from 'vitest'
import { AsyncStack } from '../../../src/base/async-stack.ts'

function resource(name: string, closed: string[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      closed.push(name)
      if (name === 'bad') throw new Error('cannot close')
    },
  }
}

describe('a stack of resources', () => {
  it('closes the last first', async () => {
    const closed: string[] = []
    {
      await using stack = new AsyncStack()
      for (const name of ['one', 'two', 'three']) stack.use(resource(name, closed))
    }
    expect(closed).toEqual(['three', 'two', 'one'])
  })

  it('closes all, and then says what failed', async () => {
    const closed: string[] = []
    const stack = new AsyncStack()
    for (const name of ['one', 'bad', 'three']) stack.use(resource(name, closed))
    await expect(stack[Symbol.asyncDispose]()).rejects.toThrow('cannot close')
    expect(closed).toEqual(['three', 'bad', 'one'])
  })

  it('closes nothing that was moved out', async () => {
    const closed: string[] = []
    const stack = new AsyncStack()
    stack.use(resource('one', closed))
    const moved = stack.move()
    await stack[Symbol.asyncDispose]()
    expect(closed).toEqual([])
    await moved[Symbol.asyncDispose]()
    expect(closed).toEqual(['one'])
  })
})
