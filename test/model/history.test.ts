import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { DatabaseUnderTest, dimension } from './database-under-test.ts'
import { Model, type ModelRow } from './model.ts'

/** ELANUS_HISTORY_SEED=7 ELANUS_HISTORY_COUNT=1 replays the history of seed 7. */
const seedFirst = Number(process.env['ELANUS_HISTORY_SEED'] ?? 1)
const historyCount = Number(process.env['ELANUS_HISTORY_COUNT'] ?? 8)
const stepCount = 60
/** Few enough that writes often meet. */
const idCount = 40

const steps = {
  insert: 20,
  upsert: 15,
  delete: 12,
  flush: 8,
  settle: 4,
  reload: 3,
  restart: 2,
  check: 20,
} as const

type Step = keyof typeof steps

describe('a random history', () => {
  const seeds = Array.from({ length: historyCount }, (_, index) => seedFirst + index)
  it.each(seeds)('of seed %i reads as the model says', async (seed) => {
    await expect(replay(seed)).resolves.toBeUndefined()
  })
})

async function replay(seed: number): Promise<void> {
  await using folder = await temporaryFolder()
  const random = seededRandom(seed)
  await using database = await DatabaseUnderTest.create(folder.path, 1 + random.below(3))
  const model = new Model()
  for (let step = 0; step < stepCount; step += 1) {
    await take(drawStep(random), random, database, model)
  }
  await check(random, database, model)
  await database.settled()
  await check(random, database, model)
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

async function take(
  step: Step,
  random: Random,
  database: DatabaseUnderTest,
  model: Model,
): Promise<void> {
  switch (step) {
    case 'insert': {
      const rows = drawRows(random)
      await database.insert(rows)
      return model.insert(rows)
    }
    case 'upsert': {
      const rows = distinct(drawRows(random))
      await database.upsert(rows)
      return model.upsert(rows)
    }
    case 'delete': {
      const ids = drawRows(random).map(({ id }) => id)
      await database.delete(ids)
      return model.delete(ids)
    }
    case 'flush':
      return database.flush()
    case 'settle':
      return database.settled()
    case 'reload':
      return database.reload()
    case 'restart':
      return database.restart()
    case 'check':
      return check(random, database, model)
  }
}

async function check(random: Random, database: DatabaseUnderTest, model: Model): Promise<void> {
  expect(await database.count()).toBe(model.rowCount)
  const ids = model.ids()
  const offset = random.below(idCount / 2)
  const limit = 1 + random.below(idCount)
  expect(await database.page(offset, limit)).toEqual(ids.slice(offset, offset + limit))
  const asked = Array.from({ length: 10 }, () => BigInt(random.below(idCount)))
  const expected = new Map(
    [...new Set(asked)].flatMap((id) => {
      const tag = model.tagOf(id)
      return tag === undefined ? [] : [[id, tag] as const]
    }),
  )
  expect(await database.tags(asked)).toEqual(expected)
  const query = drawVector(random)
  expect(await database.nearest(query, limit)).toEqual(model.nearest(query, limit))
}

let tagNumber = 0

function drawRows(random: Random): readonly ModelRow[] {
  return Array.from({ length: 1 + random.below(8) }, () => {
    tagNumber += 1
    return {
      id: BigInt(random.below(idCount)),
      tag: `tag ${tagNumber}`,
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
