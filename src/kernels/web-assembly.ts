/**
 * The part of the WebAssembly API that is used here, typed. The language's own library leaves it to
 * the browser's, and that one brings a window and a document with it.
 */
export interface SharedMemory {
  /** Its length is what it was when it was read: read it again after the memory has grown. */
  readonly buffer: SharedArrayBuffer
  /** By so many pages; returns how many there were. Throws RangeError when that cannot be had. */
  grow(pageCount: number): number
}

/** Compiled code: it can be posted to another thread, which then need not compile again. */
export interface CompiledModule {
  readonly [compiled]: true
}

declare const compiled: unique symbol

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>
}

interface WebAssemblyApi {
  readonly Memory: new (options: {
    readonly initial: number
    readonly maximum: number
    readonly shared: true
  }) => SharedMemory
  readonly Module: new (bytes: Uint8Array) => CompiledModule
  readonly Instance: new (
    module: CompiledModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => Instance
  validate(bytes: Uint8Array): boolean
}

export const pageSizeBytes = 65_536

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- types what the runtime provides
export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi })
  .WebAssembly
