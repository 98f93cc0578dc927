/** What the process that will be killed tells the one that watches it: a line of JSON each. */
export type CrashEvent =
  /** What it found after it had started. */
  | { readonly kind: 'found'; readonly collections: readonly FoundCollection[] }
  /** It is about to ask for this. Nothing is promised yet. */
  | { readonly kind: 'asked'; readonly id: number; readonly request: CrashRequest }
  /** It was promised. */
  | { readonly kind: 'acknowledged'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }

export type CrashRequest =
  | { readonly kind: 'create'; readonly collection: string }
  /** Index and load: a collection that is to be searchable, also after a restart. */
  | { readonly kind: 'load'; readonly collection: string }
  | { readonly kind: 'drop'; readonly collection: string }
  | { readonly kind: 'flush'; readonly collection: string }
  | { readonly kind: 'insert'; readonly collection: string; readonly keys: readonly number[] }
  | { readonly kind: 'delete'; readonly collection: string; readonly keys: readonly number[] }

export interface FoundCollection {
  readonly name: string
  readonly isLoaded: boolean
  /** As found: a key that is there twice stands here twice. */
  readonly keys: readonly number[]
  /** What is wrong with it that needs no memory of what was promised; empty if nothing is. */
  readonly faults: readonly string[]
}
