import type { EventOwner } from './scheduler.ts'

export interface EventPlan {
  readonly atMs: number
  readonly owner: EventOwner
  readonly label: string
  readonly action: () => void
}

export interface PlannedEvent extends EventPlan {
  /** Of two at one time the one that was planned first comes first. */
  readonly order: number
  isCanceled: boolean
}

/** Events by their time: a binary heap. */
export class EventQueue {
  readonly #heap: PlannedEvent[] = []
  #orderNext = 0

  add(plan: EventPlan): PlannedEvent {
    const event = { ...plan, order: this.#orderNext, isCanceled: false }
    this.#orderNext += 1
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
    return event
  }

  take(): PlannedEvent | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first !== last && last !== undefined) {
      this.#heap[0] = last
      this.#sink(0)
    }
    return first
  }

  #rise(start: number): void {
    for (let place = start; place > 0; ) {
      const parent = (place - 1) >> 1
      if (!this.#isBefore(place, parent)) return
      this.#swap(place, parent)
      place = parent
    }
  }

  #sink(start: number): void {
    for (let place = start; ; ) {
      let least = place
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child
      }
      if (least === place) return
      this.#swap(place, least)
      place = least
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [left, right] = [this.#heap[one], this.#heap[other]]
    if (left === undefined || right === undefined) return false
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
  }

  #swap(one: number, other: number): void {
    const [left, right] = [this.#heap[one], this.#heap[other]]
    if (left === undefined || right === undefined) return
    this.#heap[one] = right
    this.#heap[other] = left
  }
}
