/**
 * The head of a part as browsers write it, read in one look. Anything else (another order, other headers, an escape, a
 * name that is not ASCII) is left to part-head.ts, which reads all of the grammar and says what is wrong. Knows text only.
 */
import type { DecidedLimits } from './limits.ts'
import { baseName, type PartHead } from './part-head.ts'

/** A head, and where the content behind its empty line begins. */
export interface BrowserHead {
  readonly head: PartHead
  readonly end: number
}

/** @param start behind the boundary, at the CRLF of its line. @returns undefined for a head to be read by part-head.ts. */
export function readBrowserHead(text: string, start: number, limits: DecidedLimits): BrowserHead | undefined {
  HEAD.lastIndex = start
  const found = HEAD.exec(text)
  if (found === null) return undefined
  const [, lines = '', name = '', filename, type] = found
  const isWithin =
    name.length <= limits.nameSize &&
    (filename ?? '').length <= limits.nameSize &&
    lines.length <= limits.headSize &&
    limits.headers >= 2
  return isWithin ? { head: new PlainHead(name, filename, type), end: HEAD.lastIndex } : undefined
}

/** In a value, ASCII without `"`, `%` and `\` stands for itself. A field has no type here. */
const HEAD =
  /\r\n(Content-Disposition: form-data; name="([ !#$&-[\]-~]+)"(?:; filename="([ !#$&-[\]-~]*)"\r\nContent-Type: ([a-z]+\/[a-z\d.+-]+))?)\r\n\r\n/y

/** Its headers are written down when they are asked for. */
class PlainHead implements PartHead {
  readonly name: string
  readonly filename: string | undefined
  readonly type: string
  readonly charset = 'utf-8'
  readonly #sentFilename: string | undefined

  constructor(name: string, filename: string | undefined, type = 'text/plain') {
    this.name = name
    this.filename = filename === undefined ? undefined : baseName(filename)
    this.type = type
    this.#sentFilename = filename
  }

  get headers(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = Object.create(null)
    const filename = this.#sentFilename
    headers['content-disposition'] =
      `form-data; name="${this.name}"${filename === undefined ? '' : `; filename="${filename}"`}`
    if (filename !== undefined) headers['content-type'] = this.type
    return headers
  }
}
