import type { Attachment } from '../kernels/attachment.ts'

/** A structure of the WebAssembly module, as words that all threads share. */
export class SharedWords<Names extends readonly string[]> {
  readonly #names: Names
  readonly #words: Uint32Array<SharedArrayBuffer>
  readonly #signed: Int32Array<SharedArrayBuffer>

  constructor(attachment: Attachment, address: number, names: Names) {
    const sizeBytes = names.length * Uint32Array.BYTES_PER_ELEMENT
    const { buffer } = attachment.bytes(address + sizeBytes)
    this.#names = names
    this.#words = new Uint32Array(buffer, address, names.length)
    this.#signed = new Int32Array(buffer, address, names.length)
  }

  get(name: Names[number]): number {
    return Atomics.load(this.#words, this.#names.indexOf(name))
  }

  set(name: Names[number], value: number): void {
    Atomics.store(this.#words, this.#names.indexOf(name), value)
  }

  /** True for the one thread that made the change. */
  change(name: Names[number], from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, this.#names.indexOf(name), from, to) === from
  }

  /** Until the word is no longer `value`, or for a while. */
  waitWhile(name: Names[number], value: number, timeoutMs: number): void {
    Atomics.wait(this.#signed, this.#names.indexOf(name), value | 0, timeoutMs)
  }

  wake(name: Names[number]): void {
    Atomics.notify(this.#signed, this.#names.indexOf(name))
  }
}
