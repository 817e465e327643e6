/**
 * Which earlier rows match every path that a later pattern matches. The answer is never a guess: a row is named only if
 * it takes all of the pattern, segment by segment; one that takes it in a way not seen here is not named.
 *
 */
import type { Alternative } from './path-pattern.ts'

/** A pattern as segments. A parameter is NUL in its segment; what follows the last segment is said by `tail`. */
interface Shape {
  readonly segments: readonly string[]
  /** `end` nothing; `any` nothing or more segments; `rest` at least a character; `some` at least a character of a kind. */
  readonly tail: 'end' | 'any' | 'rest' | 'some'
}

const PARAMETER = '\0'

export class CoverTree<T> {
  readonly #children = new Map<string, CoverTree<T>>()
  readonly #ends: T[] = []
  readonly #rests: T[] = []
  readonly #anys: T[] = []

  add(alternative: Alternative, mount: boolean, fold: boolean, value: T): void {
    const { segments, tail } = shapeOf(alternative, mount, fold)
    let node: CoverTree<T> = this
    for (const segment of segments) node = node.#child(segment)
    if (tail === 'end') node.#ends.push(value)
    else if (tail === 'rest') node.#rests.push(value)
    else if (tail === 'any') node.#anys.push(value)
  }

  /** The values added so far whose patterns match all that this one matches. */
  covering(alternative: Alternative, mount: boolean, fold: boolean): T[] {
    const found: T[] = []
    this.#collect(shapeOf(alternative, mount, fold), 0, found)
    return found
  }

  #collect(shape: Shape, depth: number, found: T[]): void {
    const { segments, tail } = shape
    const segment = segments[depth]
    const more =
      tail === 'rest' || tail === 'some' || depth < segments.length - 1 || (segment !== undefined && segment !== '')
    found.push(...this.#anys)
    if (more) found.push(...this.#rests)
    if (segment === undefined) {
      if (tail === 'end') found.push(...this.#ends)
      return
    }
    const next = new Set(segment === '' ? [segment] : [segment, PARAMETER])
    for (const child of next) {
      const node = this.#children.get(child)
      if (node !== undefined) node.#collect(shape, depth + 1, found)
    }
  }

  #child(segment: string): CoverTree<T> {
    const known = this.#children.get(segment)
    if (known !== undefined) return known
    const child = new CoverTree<T>()
    this.#children.set(segment, child)
    return child
  }
}

function shapeOf(alternative: Alternative, mount: boolean, fold: boolean): Shape {
  const wildcard = alternative.findIndex((token) => token.type === 'wildcard')
  const before = wildcard < 0 ? alternative : alternative.slice(0, wildcard)
  const text = before.map((token) => (token.type === 'text' ? token.value : PARAMETER)).join('')
  const segments = (fold ? text.toLowerCase() : text).split('/').slice(1)
  if (wildcard < 0) return { segments, tail: mount ? 'any' : 'end' }
  // The segment that the wildcard begins in is part of what it takes; without a slash before it, that is every path.
  const begun = segments.pop()
  const last = wildcard === alternative.length - 1
  if (begun === undefined) return { segments, tail: last && text === '' ? 'any' : 'some' }
  return { segments, tail: last && begun === '' ? 'rest' : 'some' }
}
