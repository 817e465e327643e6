/**
 * Requests made from the grammar of RFC 9112, with what a server must make of them. All text is latin-1.
 */
import type { Random } from './random.ts'

export interface GeneratedRequest {
  readonly method: string
  readonly target: string
  readonly protocol: string
  /** CGI names; repeated fields joined. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly octets: string
}

const ALPHA = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const DIGIT = '0123456789'
const TCHAR = `!#$%&'*+-.^\`|~${DIGIT}${ALPHA}`
const PCHAR = `${ALPHA}${DIGIT}-._~!$&'()*+,;=:@/`
const VALUE = `${TCHAR}_ \t"(),/:;<=>?@[\\]{}\x80\xa0\xe9\xff`
const VISIBLE = VALUE.replace(/[ \t]/g, '')
const METHODS = ['GET', 'GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'QUERY', 'PROPFIND']

/** A row of requests that may be sent on one connection; only the last may end it. */
export function generateRow(random: Random, most = 4): GeneratedRequest[] {
  return Array.from({ length: 1 + random.below(most) }, () => generateRequest(random))
}

export function generateRequest(random: Random): GeneratedRequest {
  const method = random.chance(96) ? random.pick(METHODS) : `X${random.text(ALPHA, 0, 20)}`
  const target = `/${random.text(PCHAR, 0, 30)}${random.chance(40) ? `?${random.text(`${PCHAR}?%`, 0, 30)}` : ''}`
  const protocol = random.chance(98) ? 'HTTP/1.1' : 'HTTP/1.2'
  const fields: [string, string][] = [
    [anyCase(random, 'Host'), random.pick(['a.test', 'a.test:80', '127.0.0.1', '[::1]:8080'])],
  ]
  for (let left = random.below(8); left > 0; left--)
    fields.splice(random.below(fields.length + 1), 0, generateField(random))
  const { field, sent, body } = generateBody(random)
  if (field !== undefined) fields.splice(random.below(fields.length + 1), 0, field)
  const lines = fields.map(([name, value]) => `${name}:${blanks(random)}${value}${blanks(random)}\r\n`).join('')
  const octets = `${random.chance(5) ? '\r\n' : ''}${method} ${target} ${protocol}\r\n${lines}\r\n${sent}`
  return { method, target, protocol, headers: joined(fields), body, octets }
}

/** What CGI makes of fields: one variable for each name, in order; names with `_` dropped. */
export function joined(fields: readonly (readonly [string, string])[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of fields) {
    const upper = name.toUpperCase().replaceAll('-', '_')
    if (name.includes('_') || upper === 'PROXY') continue
    const key = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH' ? upper : `HTTP_${upper}`
    const before = headers[key]
    headers[key] = before === undefined ? value : `${before}${key === 'HTTP_COOKIE' ? '; ' : ', '}${value}`
  }
  return headers
}

function generateField(random: Random): [string, string] {
  const name = random.chance(50)
    ? random.pick(['Accept', 'Cookie', 'X-A', 'User-Agent', 'X-B-C', 'Accept-Language', 'Referer', 'Via'])
    : `X-${random.text(TCHAR, 1, 12)}`
  return [anyCase(random, name), generateValue(random)]
}

function generateValue(random: Random): string {
  if (random.chance(10)) return ''
  const inner = random.text(VALUE, 0, 30)
  return `${random.text(VISIBLE, 1, 1)}${inner}${inner === '' ? '' : random.text(VISIBLE, 1, 1)}`
}

interface GeneratedBody {
  readonly field: [string, string] | undefined
  readonly sent: string
  readonly body: string
}

function generateBody(random: Random): GeneratedBody {
  const body = random.text(`${VALUE}\r\n\0`, 0, random.chance(5) ? 3000 : 40)
  const kind = random.below(3)
  if (kind === 0) return { field: undefined, sent: '', body: '' }
  if (kind === 1) {
    const zeros = random.chance(10) ? '000' : ''
    return { field: [anyCase(random, 'Content-Length'), `${zeros}${body.length}`], sent: body, body }
  }
  return {
    field: [anyCase(random, 'Transfer-Encoding'), anyCase(random, 'chunked')],
    sent: chunked(random, body),
    body,
  }
}

function chunked(random: Random, body: string): string {
  let sent = ''
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + random.below(20))
    sent += `${chunkSize(random, size)}${extension(random)}\r\n${body.slice(at, at + size)}\r\n`
    at += size
  }
  const trailers = random.chance(20) ? `X-Trailer:${blanks(random)}${generateValue(random)}\r\n` : ''
  return `${sent}${random.chance(10) ? '000' : '0'}${extension(random)}\r\n${trailers}\r\n`
}

function chunkSize(random: Random, size: number): string {
  return `${random.chance(10) ? '00' : ''}${anyCase(random, size.toString(16))}`
}

function extension(random: Random): string {
  if (!random.chance(15)) return ''
  return random.pick([';a', ';a=b', ';a="b;c"', ';a="\\"";b=c', ';signature=0123456789abcdef'])
}

function blanks(random: Random): string {
  return random.pick(['', ' ', ' ', ' ', '\t', '  ', ' \t '])
}

function anyCase(random: Random, text: string): string {
  const how = random.below(4)
  if (how === 0) return text.toLowerCase()
  return how === 1 ? text.toUpperCase() : text
}
