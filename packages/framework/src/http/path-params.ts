/**
 * The parameters of a pattern as types: the twin of path-pattern.ts, with the same words. Types only.
 *
 * A parameter is a string, a wildcard a list of segments, and what stands in a group may be absent.
 */

/** Parameters of a pattern whose text is not known to the compiler. */
export type AnyParams = Readonly<Record<string, string | string[]>>

/** `ParamsOf<'/users/:id{/:rest}'>` is `{ id: string, rest?: string }`; a wildcard's value is `string[]`. */
export type ParamsOf<Pattern extends string> = string extends Pattern
  ? AnyParams
  : // `unknown & X` is X, so it is the empty start. Mapped here, in place: an editor shows no name of an alias.
    Tokens<Pattern, '', unknown> extends infer Found
    ? { readonly [Name in keyof Found]: Found[Name] }
    : never

/** Walks the text; `Open` holds one `{` for each group that is open. */
type Tokens<Text extends string, Open extends string, Found> = Text extends `${infer First}${infer Rest}`
  ? First extends '\\'
    ? Tokens<AfterFirst<Rest>, Open, Found>
    : First extends '{'
      ? Tokens<Rest, `{${Open}`, Found>
      : First extends '}'
        ? Tokens<Rest, AfterFirst<Open>, Found>
        : First extends ':'
          ? AfterName<TakeName<Rest>, Open, Found, string>
          : First extends '*'
            ? AfterName<TakeName<Rest>, Open, Found, string[]>
            : Tokens<Rest, Open, Found>
  : Found

type AfterName<Taken, Open extends string, Found, Value> = Taken extends [
  infer Name extends string,
  infer Rest extends string,
]
  ? Tokens<Rest, Open, Found & (Open extends '' ? { [N in Name]: Value } : { [N in Name]?: Value })>
  : Found

/** `[name, rest]`; `never` if the quote does not end. */
type TakeName<Text extends string> = Text extends `"${infer Quoted}` ? TakeQuoted<Quoted, ''> : TakePlain<Text, ''>

type TakePlain<Text extends string, Name extends string> = Text extends `${infer First}${infer Rest}`
  ? First extends NameEnd
    ? [Name, Text]
    : TakePlain<Rest, `${Name}${First}`>
  : [Name, Text]

type TakeQuoted<Text extends string, Name extends string> = Text extends `${infer First}${infer Rest}`
  ? First extends '"'
    ? [Name, Rest]
    : First extends '\\'
      ? TakeQuoted<AfterFirst<Rest>, `${Name}${FirstOf<Rest>}`>
      : TakeQuoted<Rest, `${Name}${First}`>
  : never

type FirstOf<Text extends string> = Text extends `${infer First}${string}` ? First : ''
type AfterFirst<Text extends string> = Text extends `${string}${infer Rest}` ? Rest : ''

/** ASCII that cannot stand in an identifier; every other character is taken for one that can. */
type NameEnd =
  | ('/' | '.' | '-' | ':' | '*' | '{' | '}' | '\\' | '"' | "'" | '`' | '(' | ')' | '[' | ']' | '<' | '>')
  | ('+' | '?' | '!' | '@' | '#' | '%' | '^' | '&' | '=' | '|' | '~' | ',' | ';' | ' ')
