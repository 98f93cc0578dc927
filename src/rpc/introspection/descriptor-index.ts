import { BinaryReader } from '@bufbuild/protobuf/wire'

/** A .proto file: its bytes as descriptor.proto has them, and what it needs and defines. */
interface DescribedFile {
  readonly bytes: Uint8Array
  readonly name: string
  readonly dependencies: readonly string[]
  readonly symbols: readonly string[]
}

/**
 * Files by their names and by what they define, out of a serialised FileDescriptorSet. Of a file only
 * names are read; it is handed on as the bytes that it came as.
 */
export class DescriptorIndex {
  readonly #byName = new Map<string, DescribedFile>()
  readonly #bySymbol = new Map<string, DescribedFile>()

  constructor(descriptorSet: Uint8Array) {
    for (const bytes of fieldsOf(descriptorSet).get(1) ?? []) {
      const file = describe(bytes)
      this.#byName.set(file.name, file)
      for (const symbol of file.symbols) this.#bySymbol.set(symbol, file)
    }
  }

  /** The file and those that it needs, itself first; none when it is not known. */
  byFileName(name: string): readonly Uint8Array[] {
    return this.#withDependencies(this.#byName.get(name))
  }

  /** The file that defines a message, an enumeration, a service or a method. */
  bySymbol(symbol: string): readonly Uint8Array[] {
    return this.#withDependencies(this.#bySymbol.get(symbol))
  }

  #withDependencies(file: DescribedFile | undefined): readonly Uint8Array[] {
    const found = new Set<DescribedFile>(file === undefined ? [] : [file])
    for (const one of found) {
      for (const name of one.dependencies) {
        const dependency = this.#byName.get(name)
        if (dependency !== undefined) found.add(dependency)
      }
    }
    return [...found].map(({ bytes }) => bytes)
  }
}

function describe(bytes: Uint8Array): DescribedFile {
  const fields = fieldsOf(bytes)
  const [scope = ''] = textsOf(fields, 2)
  const messages = (fields.get(4) ?? []).flatMap((message) => messageSymbols(scope, message))
  const enumerations = (fields.get(5) ?? []).map((one) => nameIn(scope, one))
  const services = (fields.get(6) ?? []).flatMap((service) => {
    const name = nameIn(scope, service)
    const methods = fieldsOf(service).get(2) ?? []
    return [name, ...methods.map((method) => nameIn(name, method))]
  })
  const [name = ''] = textsOf(fields, 1)
  const symbols = [...messages, ...enumerations, ...services]
  return { bytes, name, dependencies: textsOf(fields, 3), symbols }
}

function messageSymbols(scope: string, message: Uint8Array): readonly string[] {
  const name = nameIn(scope, message)
  const fields = fieldsOf(message)
  const nested = (fields.get(3) ?? []).flatMap((inner) => messageSymbols(name, inner))
  const enumerations = (fields.get(4) ?? []).map((one) => nameIn(name, one))
  return [name, ...nested, ...enumerations]
}

/** Every descriptor has its name as its first field. */
function nameIn(scope: string, descriptor: Uint8Array): string {
  const [name = ''] = textsOf(fieldsOf(descriptor), 1)
  return scope === '' ? name : `${scope}.${name}`
}

function textsOf(fields: ReadonlyMap<number, Uint8Array[]>, number: number): readonly string[] {
  return (fields.get(number) ?? []).map((bytes) => Buffer.from(bytes).toString('utf8'))
}

const lengthDelimited = 2

/** A message's length-delimited fields by their numbers; others are of no use here. */
function fieldsOf(message: Uint8Array): ReadonlyMap<number, Uint8Array[]> {
  const reader = new BinaryReader(message)
  const fields = new Map<number, Uint8Array[]>()
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    if (Number(wireType) !== lengthDelimited) {
      reader.skip(wireType)
      continue
    }
    const bytes = reader.bytes()
    const known = fields.get(number)
    if (known === undefined) fields.set(number, [bytes])
    else known.push(bytes)
  }
  return fields
}
