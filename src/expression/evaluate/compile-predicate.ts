import type { Predicate } from '../plan.ts'
import type { Step } from './batch.ts'
import { stepOf } from './batch.ts'
import { likeTest } from './like-test.ts'
import { isEmpty, subtract, unite } from './mask.ts'
import { matchCompare } from './match-compare.ts'
import { matchContains } from './match-contains.ts'
import { matchIn } from './match-in.ts'
import { matchListEqual } from './match-list-equal.ts'
import { matchNull } from './match-null.ts'
import { matchText } from './match-text.ts'
import { costOf } from './predicate-cost.ts'
import type { Slots } from './slots.ts'

/**
 * Makes a step of each node. Rows that one operand has decided are not asked of the next, so the
 * cheap operands go first; the order has no other effect, for evaluation cannot fail.
 */
export function compilePredicate(predicate: Predicate, slots: Slots): Step {
  switch (predicate.kind) {
    case 'always':
      return () => {}
    case 'never':
      return (_, mask) => mask.words.fill(0)
    case 'and':
      return everyStep(compileOperands(predicate.operands, slots))
    case 'or':
      return any(compileOperands(predicate.operands, slots))
    case 'compare':
      return stepOf(matchCompare(predicate, slots), predicate.isNegated)
    case 'in':
      return stepOf(matchIn(predicate, slots), predicate.isNegated)
    case 'like':
      return stepOf(
        matchText(predicate.value, likeTest(predicate.pattern), slots),
        predicate.isNegated,
      )
    case 'isNull':
      return stepOf(matchNull(predicate, slots), predicate.isNegated)
    case 'contains':
      return stepOf(matchContains(predicate, slots), predicate.isNegated)
    case 'listEqual':
      return stepOf(matchListEqual(predicate, slots), predicate.isNegated)
  }
}

function compileOperands(operands: readonly Predicate[], slots: Slots): readonly Step[] {
  return inOrderOfCost(operands).map((operand) => compilePredicate(operand, slots))
}

export function inOrderOfCost(operands: readonly Predicate[]): readonly Predicate[] {
  return operands.toSorted((a, b) => costOf(a) - costOf(b))
}

export function everyStep(steps: readonly Step[]): Step {
  return (batch, mask) => {
    for (const step of steps) {
      step(batch, mask)
      if (isEmpty(mask)) return
    }
  }
}

function any(steps: readonly Step[]): Step {
  return (batch, mask) => {
    const { scratch } = batch
    const mark = scratch.mark()
    const undecided = scratch.mask()
    undecided.words.set(mask.words)
    const passing = scratch.mask()
    mask.words.fill(0)
    for (const step of steps) {
      passing.words.set(undecided.words)
      step(batch, passing)
      unite(mask, passing)
      subtract(undecided, passing)
      if (isEmpty(undecided)) break
    }
    scratch.reset(mark)
  }
}
