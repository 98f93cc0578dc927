/** A bench is a folder with one of these; `main.ts` lists them. */
export interface Bench {
  readonly name: string
  /** One line for the list of benches. */
  readonly summary: string
  /** Its own arguments, and what they are for. */
  readonly usage: string
  /** Throws INVALID_ARGUMENT for arguments that it does not know. */
  run(args: readonly string[]): Promise<void>
}
