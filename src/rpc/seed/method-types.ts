import type { MessageType } from '../wire/message.ts'

/** A method as it is generated from proto/, whatever its messages. */
export interface AnyMethod {
  readonly name: string
  readonly requestType: MessageType<never>
  readonly responseType: MessageType<never>
}

/** A service as it is generated from proto/: its methods by the names that our interfaces use. */
export interface ServiceDefinition {
  readonly fullName: string
  readonly methods: Readonly<Record<string, AnyMethod>>
}

type MessageOf<Type> = Type extends { decode(...input: never): infer Message } ? Message : never

/** What a method takes and gives by its definition in proto/. */
type WireCall<Method extends AnyMethod> = {
  readonly request: MessageOf<Method['requestType']>
  readonly response: MessageOf<Method['responseType']>
}

type FacadeCall<Method> = Method extends (request: infer Request) => Promise<infer Response>
  ? { readonly request: Request; readonly response: Response }
  : never

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false

/** The names of methods that an interface and a definition do not agree on. */
type Differences<Facade, Methods extends Readonly<Record<string, AnyMethod>>> =
  | Exclude<keyof Facade, keyof Methods>
  | {
      [Name in keyof Methods]: Name extends keyof Facade
        ? Same<WireCall<Methods[Name]>, FacadeCall<Facade[Name]>> extends true
          ? never
          : Name
        : Name
    }[keyof Methods]

/**
 * A definition that serves an interface: each has the methods of the other, and their messages can
 * be assigned both ways. Where they differ, this is a type that nothing can be assigned to, and it
 * names the methods.
 */
export type DefinitionOf<Facade, Definition extends ServiceDefinition> = [
  Differences<Facade, Definition['methods']>,
] extends [never]
  ? Definition
  : { readonly differences: Differences<Facade, Definition['methods']> }
