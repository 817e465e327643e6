/**
 * An alternative of a pattern as steps for the index. Between two steps there is never a choice: path-to-regexp's
 * parameters cannot backtrack over a `/`, so where each one ends follows from the path alone.
 * Knows the meaning of path-to-regexp's regular expressions; knows nothing of routes.
 */
import { pathToRegexp } from 'path-to-regexp'
import type { Alternative } from './path-pattern.ts'

/**
 * - `text`: the path goes on with this text;
 * - `segment`: a parameter that takes the rest of its segment but `text`, at least one character;
 * - `until`: a parameter that takes as little as it can, at least one character, up to `text` in the same segment.
 */
export interface Step {
  readonly kind: 'text' | 'segment' | 'until'
  readonly text: string
}

/**
 * What must be left of the path after the steps.
 * - `end`: nothing;
 * - `rest`: at least one character, which the wildcard takes;
 * - `mount`: nothing, or a `/` and anything;
 * - `scan`: whatever the regular expression says (something follows a wildcard).
 */
export type Tail = 'end' | 'rest' | 'mount' | 'scan'

export interface Steps {
  readonly steps: readonly Step[]
  readonly tail: Tail
  /** Names of what is captured, in order. */
  readonly names: readonly string[]
  /** Which of them are wildcards, whose values are lists. */
  readonly lists: readonly boolean[]
  /** Only for `scan`. */
  readonly regexp: RegExp | undefined
  /** Only for `scan`: the path must end with this; in lower case if case is ignored. */
  readonly ending: string
}

/** How letters and a last slash are taken; the same for all routes of an application. */
export interface MatchRules {
  readonly caseSensitive: boolean
  readonly trailingSlash: 'strict' | 'optional'
}

/** Breaks an alternative into steps. `mount` alternatives match a prefix of whole segments. */
export function stepsOf(alternative: Alternative, mount: boolean, rules: MatchRules): Steps {
  const fold = (text: string) => (rules.caseSensitive ? text : text.toLowerCase())
  const wildcard = alternative.findIndex((token) => token.type === 'wildcard')
  const plain = wildcard < 0 ? alternative : alternative.slice(0, wildcard)
  const steps = plainSteps(plain, wildcard >= 0, fold)
  const { names, lists } = namesOf(alternative)
  if (wildcard >= 0 && wildcard < alternative.length - 1) {
    const ending = fold(endingOf(alternative))
    return { steps, tail: 'scan', names, lists, regexp: regexpOf(alternative, rules), ending }
  }
  const tail = wildcard >= 0 ? 'rest' : mount ? 'mount' : 'end'
  return { steps, tail, names, lists, regexp: undefined, ending: '' }
}

function namesOf(alternative: Alternative): Pick<Steps, 'names' | 'lists'> {
  const names: string[] = []
  const lists: boolean[] = []
  for (const token of alternative) {
    if (token.type === 'text') continue
    names.push(token.name)
    lists.push(token.type === 'wildcard')
  }
  return { names, lists }
}

/**
 * path-to-regexp makes a parameter lazy, with a lookahead, only if text without `/` and then another key follow in
 * the same segment; else it is greedy up to the `/`, and the text before the `/` is given back.
 */
function plainSteps(tokens: Alternative, keyFollows: boolean, fold: (text: string) => string): Step[] {
  const steps: Step[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) break
    if (token.type === 'text') {
      steps.push({ kind: 'text', text: fold(token.value) })
      continue
    }
    const next = tokens[i + 1]
    const text = next?.type === 'text' ? fold(next.value) : ''
    const slash = text.indexOf('/')
    const isLast = i + 2 >= tokens.length && !keyFollows
    if (slash < 0 && !isLast) steps.push({ kind: 'until', text })
    else steps.push({ kind: 'segment', text: slash < 0 ? text : text.slice(0, slash) })
    if (slash >= 0) steps.push({ kind: 'text', text: text.slice(slash) })
    i++
  }
  return steps
}

function regexpOf(alternative: Alternative, rules: MatchRules): RegExp {
  return pathToRegexp({ tokens: alternative }, { sensitive: rules.caseSensitive, trailing: false }).regexp
}

function endingOf(alternative: Alternative): string {
  const last = alternative.at(-1)
  return last?.type === 'text' ? last.value : ''
}
