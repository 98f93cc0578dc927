import type { MessageType } from '../wire/message.ts'

/**
 * The types by which one adaptor serves every service: a service is a set of calls by name, an
 * interface has them as functions, a definition that is generated from proto/ has their codecs.
 */
export type Calls = Readonly<
  Record<string, { readonly request: object; readonly response: object }>
>

export type CallsOf<Facade> = {
  readonly [Name in keyof Facade]: Facade[Name] extends (
    request: infer Request extends object,
  ) => Promise<infer Response extends object>
    ? { readonly request: Request; readonly response: Response }
    : never
}

export type FacadeOf<All extends Calls> = {
  readonly [Name in keyof All]: (request: All[Name]['request']) => Promise<All[Name]['response']>
}

/** A method as it is generated. */
export interface Method<Request, Response> {
  readonly name: string
  readonly requestType: MessageType<Request>
  readonly responseType: MessageType<Response>
}

export type MethodsOf<All extends Calls> = {
  readonly [Name in keyof All]: Method<All[Name]['request'], All[Name]['response']>
}

/** A service as it is generated, narrowed to the calls of an interface. */
export interface ServiceDefinition<All extends Calls> {
  readonly fullName: string
  readonly methods: MethodsOf<All>
}

type MessageOf<Type> = Type extends { decode(...input: never): infer Message } ? Message : never
type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false
interface AnyMethod {
  readonly requestType: unknown
  readonly responseType: unknown
}

/** The names of methods of which interface and definition disagree. */
export type Differences<
  Facade,
  Methods extends Readonly<Record<string, AnyMethod>>,
  All = CallsOf<Facade>,
> =
  | Exclude<keyof Facade, keyof Methods>
  | {
      [Name in keyof Methods]: Name extends keyof All
        ? Same<
            All[Name],
            {
              readonly request: MessageOf<Methods[Name]['requestType']>
              readonly response: MessageOf<Methods[Name]['responseType']>
            }
          > extends true
          ? never
          : Name
        : Name
    }[keyof Methods]
