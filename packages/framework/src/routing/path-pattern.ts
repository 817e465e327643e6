/**
 * A route pattern, read once: exactly path-to-regexp 9's language, by its own `parse()`.
 * Turns the text into flat alternatives (a group is there, or it is not) for the index, and refuses a bad pattern
 * with the place and the way out. Called by the route table; knows nothing of methods, order or requests.
 */
import { type Parameter, PathError, parse, type Text, type Token, type Wildcard } from 'path-to-regexp'
import { canonicalText } from '../http/canonical-path.ts'

export type FlatToken = Text | Parameter | Wildcard

/** One way through the groups of a pattern; no two texts stand side by side. */
export type Alternative = readonly FlatToken[]

/** What a pattern is after reading. `names` are its parameters, in order. */
export interface PathPattern {
  readonly source: string
  readonly tokens: readonly Token[]
  readonly names: readonly string[]
  /** In path-to-regexp's order of preference: with each group first, then without. */
  readonly alternatives: readonly Alternative[]
}

/** A pattern that path-to-regexp, or this framework, does not accept. `position` counts characters from 0. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
  readonly pattern: string
  readonly position: number | undefined

  constructor(pattern: string, position: number | undefined, what: string, wayOut: string) {
    const place = position === undefined ? '' : ` at position ${position}`
    super(`bad pattern ${JSON.stringify(pattern)}: ${what}${place}; ${wayOut}`)
    this.pattern = pattern
    this.position = position
  }
}

/** As many as path-to-regexp takes: each group doubles them. */
const MAX_ALTERNATIVES = 256

/** Reads a pattern. @throws PatternError */
export function readPattern(source: string): PathPattern {
  const tokens = parseTokens(source)
  const names = namesOf(tokens)
  refuseDuplicates(source, names)
  const flat: Array<readonly FlatToken[]> = []
  if (isFlat(tokens)) flat.push(tokens)
  else flatten(source, tokens, 0, [], flat)
  const alternatives = flat.map(joinTexts)
  for (const alternative of alternatives) refuseAdjacent(source, alternative)
  return { source, tokens, names, alternatives }
}

/** The pattern without its names: two patterns of the same shape match the same paths. */
export function shapeOf(alternative: Alternative): string {
  return alternative
    .map((token) => (token.type === 'text' ? token.value : token.type === 'param' ? ':' : '*'))
    .join('\0')
}

function parseTokens(source: string): readonly Token[] {
  try {
    return parse(source, { encodePath: canonicalText }).tokens
  } catch (error) {
    if (error instanceof PathError) throw explain(error, source)
    throw error
  }
}

function namesOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    if (token.type === 'group') return namesOf(token.tokens)
    return token.type === 'text' ? [] : [token.name]
  })
}

function refuseDuplicates(source: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice === undefined) return
  throw new PatternError(
    source,
    lastPlaceOf(source, twice),
    `a second parameter called "${twice}"`,
    'give each its own name',
  )
}

/** Without a group there is one way. */
function isFlat(tokens: readonly Token[]): tokens is readonly FlatToken[] {
  return tokens.every(({ type }) => type !== 'group')
}

/** The same walk as path-to-regexp's: all that follows a group is tried first with it, then without. */
function flatten(
  source: string,
  tokens: readonly Token[],
  at: number,
  before: readonly FlatToken[],
  found: Array<readonly FlatToken[]>,
): void {
  const flat = [...before]
  for (let i = at; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) break
    if (token.type === 'group') flatten(source, [...token.tokens, ...tokens.slice(i + 1)], 0, flat, found)
    else flat.push(token)
  }
  if (found.push(flat) <= MAX_ALTERNATIVES) return
  const wayOut = 'split the pattern into several routes; each group doubles its alternatives'
  throw new PatternError(source, undefined, `more than ${MAX_ALTERNATIVES} alternatives`, wayOut)
}

/** Without text between two parameters it is undefined where the first one ends. */
function refuseAdjacent(source: string, alternative: Alternative): void {
  for (const [i, token] of alternative.entries()) {
    const last = alternative[i - 1]
    if (token.type === 'text' || last === undefined || last.type === 'text') continue
    const wayOut = 'put text between two parameters, as in "/:from-:to"'
    throw new PatternError(
      source,
      lastPlaceOf(source, token.name),
      `no text before the parameter "${token.name}"`,
      wayOut,
    )
  }
}

function joinTexts(tokens: readonly FlatToken[]): Alternative {
  const joined: FlatToken[] = []
  for (const token of tokens) {
    const last = joined.at(-1)
    if (token.type === 'text' && last?.type === 'text')
      joined[joined.length - 1] = { type: 'text', value: last.value + token.value }
    else joined.push(token)
  }
  return joined
}

/** Gives a PathError what it lacks: the way out. Its position counts characters, not UTF-16 units. */
function explain(error: PathError, source: string): PatternError {
  const words = /^(.*?) at index (\d+)(.*?): /s.exec(error.message)
  const what = `${words?.[1] ?? error.message}${words?.[3] ?? ''}`
  const position = words === null ? undefined : Number(words[2])
  return new PatternError(source, position, what.charAt(0).toLowerCase() + what.slice(1), wayOutOf(what))
}

function wayOutOf(what: string): string {
  if (what.startsWith('Missing parameter name')) return 'write ":name" or "*name", or "\\\\:" for the character itself'
  if (what.startsWith('Unterminated quote')) return 'close the quoted name with "'
  if (what.startsWith('Unexpected ?')) return 'write an optional part as "{/:id}", the character itself as "\\\\?"'
  if (what.startsWith('Unexpected end')) return 'close the group with "}", or escape the last character'
  return 'put "\\\\" before a character that stands for itself; ( ) [ ] + ? ! are reserved'
}

function lastPlaceOf(source: string, name: string): number | undefined {
  const at = Math.max(...[':', '*', ':"', '*"'].map((mark) => source.lastIndexOf(mark + name)))
  return at < 0 ? undefined : at
}
