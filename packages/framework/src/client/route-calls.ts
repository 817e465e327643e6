/**
 * What a client may call and what comes back, computed from what routes declare: method, pattern, schemas. Types only.
 * Each key is looked up by itself, so that the cost of a list grows with its length and no faster.
 */
import type { ParamsOf } from '../http/path-params.ts'
import type { InputOf, OutputOf } from '../validation/schema.ts'

/** What a call sends; the types of a call say more. */
export interface ClientInput {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Ends the call. */
  readonly signal?: AbortSignal | null
}

/** The routes of an application that a client can call: `GET /notes/:id`. */
export type RouteKey<App extends { readonly entries: readonly unknown[] }> = App extends {
  readonly entries: infer Entries extends readonly unknown[]
}
  ? KeysIn<Entries, ''>
  : never

type KeysIn<Entries extends readonly unknown[], Prefix extends string> = {
  [I in keyof Entries]: KeyOf<Entries[I], Prefix>
}[number]

type KeyOf<Entry, Prefix extends string> = Entry extends {
  readonly kind: 'view'
  readonly methods: readonly (infer Method extends string)[]
  readonly pattern: infer Pattern extends string
}
  ? `${Method} ${Prefix}${Pattern}`
  : Entry extends { readonly kind: 'group'; readonly pattern: infer Inner extends string; readonly entries: infer List }
    ? List extends readonly unknown[]
      ? KeysIn<List, `${Prefix}${Inner}`>
      : never
    : Entry extends { readonly kind: 'host'; readonly entries: infer List extends readonly unknown[] }
      ? KeysIn<List, Prefix>
      : never

/** The declared options of the route with a key. */
type OptionsAt<Entries extends readonly unknown[], Key, Prefix extends string = ''> = {
  [I in keyof Entries]: Key extends KeyOf<Entries[I], Prefix> ? OptionsIn<Entries[I], Key, Prefix> : never
}[number]

type OptionsIn<Entry, Key, Prefix extends string> = Entry extends {
  readonly kind: 'view'
  readonly options: infer Options
}
  ? Options
  : Entry extends { readonly kind: 'group'; readonly pattern: infer Inner extends string; readonly entries: infer List }
    ? List extends readonly unknown[]
      ? OptionsAt<List, Key, `${Prefix}${Inner}`>
      : never
    : Entry extends { readonly kind: 'host'; readonly entries: infer List extends readonly unknown[] }
      ? OptionsAt<List, Key, Prefix>
      : never

/** What follows the key: nothing where nothing has to be given. */
export type InputArguments<App extends { readonly entries: readonly unknown[] }, Key> = [Key] extends [infer One]
  ? One extends `${string} ${infer Pattern}`
    ? Arguments<InputFor<Pattern, OptionsAt<App['entries'], One>>>
    : never
  : never

type Arguments<Input> = Record<never, never> extends Input ? [input?: Input] : [input: Input]

type InputFor<Pattern extends string, Options> = ParamsPart<Pattern, Options> &
  QueryPart<Options> &
  BodyPart<Options> & { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal | null }

type ParamsPart<Pattern extends string, Options> = keyof ParamsOf<Pattern> extends never
  ? unknown
  : { readonly params: TextOf<ParamsOf<Pattern>, Options extends { readonly params: infer S } ? OutputOf<S> : unknown> }

/** Text, or what a schema reads it as where that is written in one way: a number, true or false. */
type TextOf<Texts, Read> = {
  readonly [Name in keyof Texts]:
    | Texts[Name]
    | (Name extends keyof Read
        ? Read[Name] & (string | number | boolean)
        : Texts[Name] extends string | undefined
          ? number
          : never)
}

type QueryPart<Options> = Options extends { readonly query: infer S }
  ? Record<never, never> extends InputOf<S>
    ? { readonly query?: TextOf<InputOf<S>, OutputOf<S>> }
    : { readonly query: TextOf<InputOf<S>, OutputOf<S>> }
  : { readonly query?: ClientInput['query'] }

type BodyPart<Options> = Options extends { readonly body: infer S }
  ? { readonly body: InputOf<S> }
  : { readonly body?: unknown }

/** What a call comes to: what the response schema writes; `unknown` where none is declared. */
export type ResponseOf<App extends { readonly entries: readonly unknown[] }, Key> =
  OptionsAt<App['entries'], Key> extends {
    readonly response: infer S
  }
    ? InputOf<S>
    : unknown
