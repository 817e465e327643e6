/**
 * `--access-log-format`: a name, a name with more fields, or a template of atoms as gunicorn has them. Reads it and refuses what it
 * does not know, so that no line is written wrong. Knows names of atoms; what they say of a request is the connection room's.
 */
import { suggestion } from './suggestion.ts'

/** What stands for something of the request, by its name in `%(name)s`. */
export const LOG_ATOMS = {
  h: 'address of the client',
  l: '`-`, as in all logs today',
  u: '`REMOTE_USER`, where the application or a front has set it',
  t: 'when the request began, in UTC: `[20/Nov/2026:17:03:09 +0000]`',
  r: 'request line',
  m: 'method',
  U: 'path, as it was sent',
  q: 'query, without `?`',
  H: 'protocol',
  s: 'status; `-` for none',
  b: 'bytes of the body; `-` for none',
  B: 'bytes of the body; `0` for none',
  f: '`Referer`',
  a: '`User-Agent`',
  T: 'duration in whole seconds',
  M: 'duration in whole milliseconds',
  D: 'duration in whole microseconds',
  L: 'duration in seconds, with six digits behind the point',
  p: 'process id of the worker: `<1234>`',
  host: '`Host`',
  route: 'pattern that matched',
  request_id: 'id of the request',
  traceparent: 'place in a trace',
  queue: 'milliseconds that the request waited before it came to us, by `X-Request-Start`',
  reason: 'why it did not end as usual, in our own words',
} as const

export type LogAtom = keyof typeof LOG_ATOMS

/** Of the request (`i`), of the response (`o`), or a string of the environ (`e`). */
export type NamedKind = 'i' | 'o' | 'e'

export type LogPart =
  | { readonly text: string }
  | { readonly atom: LogAtom }
  | { readonly kind: NamedKind; readonly name: string }

export type LogFormat =
  | { readonly kind: 'combined' | 'short' }
  /** With headers, in the order in which they were named. */
  | { readonly kind: 'json'; readonly fields: readonly { readonly kind: 'i' | 'o'; readonly name: string }[] }
  | { readonly kind: 'template'; readonly parts: readonly LogPart[] }

/** The same as `combined`, and what joins the line with errors and spans. */
const COMBINED_WITH_IDS =
  '%(h)s - - %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" "%(route)s" %(request_id)s %(traceparent)s'

const NAMES = ['combined', 'combined+ids', 'json', 'short'] as const
/** Who reads their values in a log can act as the client. */
const CREDENTIALS = /^(?:http_)?(?:(?:proxy[-_])?authorization|(?:set[-_])?cookie2?)$/i
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** @throws Error, one line that says what was wanted. */
export function parseLogFormat(text: string): LogFormat {
  if (text === 'combined' || text === 'short') return { kind: text }
  if (text === 'combined+ids') return { kind: 'template', parts: templateParts(COMBINED_WITH_IDS) }
  if (text === 'json') return { kind: 'json', fields: [] }
  if (text.startsWith('json:')) return { kind: 'json', fields: text.slice(5).split(',').map(jsonField) }
  if (!text.includes('%')) {
    throw new Error(
      `must be one of ${NAMES.join(', ')}, or a template such as '%(h)s %(r)s %(s)s'${suggestion(text, NAMES)}`,
    )
  }
  if (/[\x00-\x1f\x7f]/.test(text)) throw new Error('must be one line without control characters')
  return { kind: 'template', parts: templateParts(text) }
}

/** `+header.x-tenant`, `+response.etag` */
function jsonField(text: string): { kind: 'i' | 'o'; name: string } {
  const [, place, name = ''] = /^\+(header|response)\.(.*)$/.exec(text.trim()) ?? []
  if (place === undefined) {
    throw new Error(
      `has the field ${JSON.stringify(text)}; say json:+header.NAME, or +response.NAME, separated by commas`,
    )
  }
  const kind = place === 'header' ? 'i' : 'o'
  checkName(kind, name)
  return { kind, name: name.toLowerCase() }
}

const ATOM = /%(?:%|\((?:\{([^{}]*)\}([A-Za-z])|([A-Za-z_]*))\)s)/y

function templateParts(template: string): LogPart[] {
  const parts: LogPart[] = []
  let at = 0
  while (at < template.length) {
    const next = template.indexOf('%', at)
    const end = next === -1 ? template.length : next
    if (end > at) parts.push({ text: template.slice(at, end) })
    if (next === -1) break
    ATOM.lastIndex = next
    const found = ATOM.exec(template)
    if (found === null) {
      const place = JSON.stringify(template.slice(next, next + 12))
      throw new Error(`has ${place}, which is no atom: say %(NAME)s, %({HEADER}i)s, or %% for a percent sign`)
    }
    parts.push(partOf(found))
    at = ATOM.lastIndex
  }
  return parts
}

function partOf([whole, name, kind, atom]: RegExpExecArray): LogPart {
  if (whole === '%%') return { text: '%' }
  if (name === undefined) {
    if (isAtom(atom)) return { atom }
    throw new Error(`has the unknown atom ${whole}${suggestion(atom ?? '', Object.keys(LOG_ATOMS))}`)
  }
  if (!isKind(kind)) {
    throw new Error(
      `has the unknown atom ${whole}; say {…}i for a request header, {…}o for a response header, {…}e for the environ`,
    )
  }
  checkName(kind, name)
  return { kind, name: kind === 'e' ? name : name.toLowerCase() }
}

function isAtom(name: string | undefined): name is LogAtom {
  return name !== undefined && Object.hasOwn(LOG_ATOMS, name)
}

function isKind(kind: string | undefined): kind is NamedKind {
  return kind === 'i' || kind === 'o' || kind === 'e'
}

function checkName(kind: NamedKind, name: string): void {
  if (kind === 'e' ? name === '' : !HEADER_NAME.test(name)) {
    throw new Error(
      `names ${JSON.stringify(name)}, which is no name of a ${kind === 'e' ? 'key of the environ' : 'header'}`,
    )
  }
  if (CREDENTIALS.test(name)) throw new Error(`names ${name}, which holds credentials: no log may have them`)
}
