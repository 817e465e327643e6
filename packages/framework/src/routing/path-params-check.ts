/**
 * Whether the parameters that schemas read are there in the paths of their routes. Types only, asked where a list becomes
 * an Application: a route alone does not know the prefixes of its groups. The twin of the check in route-table.ts.
 */
import type { ParamsOf } from '../http/path-params.ts'
import type { InputOf } from '../validation/schema.ts'
import type { Group, Host, RouteEntry } from './route.ts'

/**
 * Refuses a schema for parameters that its path does not have; the prefixes of groups belong to the path. A list without
 * a mistake keeps its type.
 */
export type FitsTable<Entries extends readonly unknown[]> = [Strangers<Entries, never>] extends [never]
  ? unknown
  : { readonly [I in keyof Entries]: Refused<StrangersOf<Entries[I], never>> }

type Refused<Names> = [Names] extends [never] ? unknown : NotInPath<Names>

/** Names that schemas have, and neither patterns nor the prefixes around them: those are `Around`. */
type Strangers<Entries extends readonly unknown[], Around> = readonly RouteEntry[] extends Entries
  ? never
  : { [I in keyof Entries]: StrangersOf<Entries[I], Around> }[number]

type StrangersOf<Entry, Around> = Entry extends {
  readonly pattern: infer Pattern extends string
  readonly options: { readonly params: infer S }
}
  ? string extends Pattern | keyof InputOf<S>
    ? never
    : Exclude<keyof InputOf<S>, keyof ParamsOf<Pattern> | Around>
  : Entry extends Group<infer Prefix, infer Entries>
    ? Strangers<Entries, Around | keyof ParamsOf<Prefix>>
    : Entry extends Host<infer Entries>
      ? Strangers<Entries, Around>
      : never

/** Named so that the compiler's message says what is wrong. */
interface NotInPath<Name> {
  readonly 'the path has no parameter': Name
}
