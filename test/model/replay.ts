import { expect } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { DatabaseUnderTest, dimension } from './database-under-test.ts'
import { drawFilter } from './filters.ts'
import type { Ground } from './ground.ts'
import { Model, type ModelRow } from './model.ts'

/** Few enough that writes often meet. */
const idCount = 40

const steps = {
  insert: 20,
  upsert: 15,
  delete: 12,
  flush: 8,
  deletePassing: 3,
  compact: 4,
  settle: 4,
  reload: 3,
  restart: 2,
  check: 20,
} as const

type Step = keyof typeof steps

/** Plays a history and holds what is read against the model; the seed is all that it depends on. */
export async function replay(
  seed: number,
  stepCount: number,
  openGround: () => Promise<Ground>,
): Promise<void> {
  await using ground = await openGround()
  const random = seededRandom(seed)
  const database = await DatabaseUnderTest.create(ground, 1 + random.below(3))
  const play: Play = { random, database, model: new Model(), tagCount: 0 }
  for (let step = 0; step < stepCount; step += 1) await take(drawStep(random), play)
  await check(play)
  await database.settled()
  await check(play)
}

interface Play {
  readonly random: Random
  readonly database: DatabaseUnderTest
  readonly model: Model
  tagCount: number
}

function drawStep(random: Random): Step {
  const names = Object.keys(steps).filter(isStep)
  let left = random.below(names.reduce((sum, name) => sum + steps[name], 0))
  for (const name of names) {
    if (left < steps[name]) return name
    left -= steps[name]
  }
  return 'check'
}

function isStep(name: string): name is Step {
  return Object.hasOwn(steps, name)
}

async function take(step: Step, play: Play): Promise<void> {
  const { random, database, model } = play
  switch (step) {
    case 'insert': {
      const rows = drawRows(play)
      await database.insert(rows)
      return model.insert(rows)
    }
    case 'upsert': {
      const rows = distinct(drawRows(play))
      await database.upsert(rows)
      return model.upsert(rows)
    }
    case 'delete': {
      const ids = drawRows(play).map(({ id }) => id)
      await database.delete(ids)
      return model.delete(ids)
    }
    case 'deletePassing': {
      const filter = drawFilter(random)
      await database.deletePassing(filter.text)
      return model.deletePassing(filter)
    }
    case 'flush':
      return database.flush()
    case 'compact':
      return database.compact()
    case 'settle':
      return database.settled()
    case 'reload':
      return database.reload()
    case 'restart':
      return database.restart()
    case 'check':
      return check(play)
  }
}

async function check({ random, database, model }: Play): Promise<void> {
  expect(await database.count('')).toBe(model.rowCount)
  const ids = model.ids()
  const offset = random.below(idCount / 2)
  const limit = 1 + random.below(idCount)
  expect(await database.page('', offset, limit)).toEqual(ids.slice(offset, offset + limit))
  const asked = Array.from({ length: 10 }, () => BigInt(random.below(idCount)))
  const expected = new Map(
    [...new Set(asked)].flatMap((id) => {
      const tag = model.tagOf(id)
      return tag === undefined ? [] : [[id, tag] as const]
    }),
  )
  expect(await database.tags(asked)).toEqual(expected)
  const query = drawVector(random)
  expect(await database.nearest(query, limit, '')).toEqual(model.nearest(query, limit))
  const filter = drawFilter(random)
  expect(await database.count(filter.text)).toBe(model.countOf(filter))
  const passing = model.ids(filter)
  expect(await database.page(filter.text, 0, limit)).toEqual(passing.slice(0, limit))
  const near = model.nearest(query, limit, filter)
  expect(await database.nearest(query, limit, filter.text)).toEqual(near)
}

function drawRows(play: Play): readonly ModelRow[] {
  const { random } = play
  return Array.from({ length: 1 + random.below(8) }, () => {
    play.tagCount += 1
    return {
      id: BigInt(random.below(idCount)),
      tag: `tag ${play.tagCount}`,
      size: random.below(4) === 0 ? null : BigInt(random.below(100)),
      vector: drawVector(random),
    }
  })
}

/** Small whole numbers: their squared distances are exact in any arithmetic. */
function drawVector(random: Random): readonly number[] {
  return Array.from({ length: dimension }, () => random.below(64) - 32)
}

function distinct(rows: readonly ModelRow[]): readonly ModelRow[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}
