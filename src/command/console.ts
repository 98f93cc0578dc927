/** What a command says, and to whom. */
export interface Console {
  /** To standard output: results. */
  say(text: string): void
  /** To standard error: what is going on. */
  note(text: string): void
  /** Where progress is drawn: a terminal, or undefined. */
  readonly terminal: NodeJS.WriteStream | undefined
  /** Calls back when the user presses Ctrl-C, until disposed. */
  onInterrupt(callback: () => void): Disposable
}

export const processConsole: Console = {
  say: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  terminal: process.stderr.isTTY ? process.stderr : undefined,
  onInterrupt(callback) {
    process.once('SIGINT', callback)
    return { [Symbol.dispose]: () => void process.off('SIGINT', callback) }
  },
}
