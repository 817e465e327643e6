/** Patterns as paths of OpenAPI (§4.8.8): `/notes{/:id}` is `/notes` and `/notes/{id}`. Knows patterns; knows no route. */
import { type FlatToken, readPattern } from '../routing/path-pattern.ts'

/** A parameter of a path. */
export interface TemplateParam {
  readonly name: string
  /** A wildcard: it takes more than one segment, which OpenAPI cannot say. */
  readonly isList: boolean
  /** Whether the pattern of the route has it; those of mounts are not for its schema. */
  readonly isOwn: boolean
}

/** One path without optional parts. */
export interface PathTemplate {
  /** Text between the parameters: one more than there are parameters. */
  readonly texts: readonly string[]
  readonly params: readonly TemplateParam[]
}

export const NO_PREFIX: PathTemplate = { texts: [''], params: [] }

/** The paths of a pattern below a prefix, in order of preference. */
export function templatesOf(pattern: string, prefix: PathTemplate): readonly PathTemplate[] {
  return readPattern(pattern).alternatives.map((tokens) => joined(prefix, tokens))
}

/** As the prefix of what is mounted. */
export function asPrefix({ texts, params }: PathTemplate): PathTemplate {
  return { texts, params: params.map((param) => ({ ...param, isOwn: false })) }
}

function joined(prefix: PathTemplate, tokens: readonly FlatToken[]): PathTemplate {
  const texts = [...prefix.texts]
  const params = [...prefix.params]
  // Below a mount, `/` is the path of the mount itself.
  const isRoot = tokens.length === 1 && tokens[0]?.type === 'text' && tokens[0].value === '/'
  if (isRoot && texts.join('') !== '') return { texts, params }
  for (const token of tokens) {
    if (token.type === 'text') texts.push(`${texts.pop() ?? ''}${token.value}`)
    else {
      params.push({ name: token.name, isList: token.type === 'wildcard', isOwn: true })
      texts.push('')
    }
  }
  return { texts, params }
}

/** Paths of one shape are one path to OpenAPI, whatever their parameters are called. */
export function shapeOf({ texts }: PathTemplate): string {
  return texts.join('{}')
}

/** Names for the parameters, each once and without what a template cannot hold. */
export function namesFor({ params }: PathTemplate): readonly string[] {
  const names: string[] = []
  for (const { name } of params) {
    const plain = name.replace(/[{}/?#\s]/g, '_')
    let unique = plain
    for (let i = 2; names.includes(unique); i++) unique = `${plain}_${i}`
    names.push(unique)
  }
  return names
}

export function pathOf({ texts }: PathTemplate, names: readonly string[]): string {
  return texts.map((text, i) => text + (i < names.length ? `{${names[i]}}` : '')).join('') || '/'
}
