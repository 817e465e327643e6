/**
 * How a request is written down: NCSA combined, or JSON. No byte of a client can break out of its field or its line
 * (CVE-2009-4487 and others like it), and no field has more than 4 KiB. Knows nothing of how a request went.
 */

/** What is known when a response is over. Strings are raw; they are made safe here. */
export interface AccessRecord {
  /** When the application was called: milliseconds since 1970. */
  readonly time: number
  readonly remoteAddr: string
  readonly method: string
  /** The request target as it was sent. */
  readonly target: string
  readonly protocol: string
  /** 0 when there was no head. */
  readonly status: number
  /** Bytes of content that the server took. */
  readonly bytes: number
  /** Milliseconds until the response was over. */
  readonly duration: number
  readonly requestId: string | undefined
  readonly host: string | undefined
  readonly referer: string | undefined
  readonly userAgent: string | undefined
  /** `aborted`: the client left before the end. `failed`: the application did. */
  readonly outcome: 'complete' | 'aborted' | 'failed'
}

/** How a line of the access log is written. */
export type AccessLogFormat = 'combined' | 'json'

/** The most characters of one field, escapes included. */
export const MAX_FIELD_CHARS = 4096

/** One line with its LF. */
export function accessLine(record: AccessRecord, format: AccessLogFormat): string {
  return format === 'json' ? jsonLine(record) : combinedLine(record)
}

function combinedLine(record: AccessRecord): string {
  const request = `${field(record.method)} ${field(record.target)} ${field(record.protocol)}`
  const outcome = record.outcome === 'complete' ? '' : ` ${record.outcome}`
  return (
    `${field(record.remoteAddr)} - - [${clfTime(record.time)}] "${request}" ${record.status || '-'} ` +
    `${record.bytes || '-'} "${field(record.referer)}" "${field(record.userAgent)}"${outcome}\n`
  )
}

/** The names are those of the server's own access log, so that one reader does for both. */
function jsonLine(record: AccessRecord): string {
  const members = [
    member('time', new Date(record.time).toISOString()),
    member('remote_addr', record.remoteAddr),
    member('method', record.method),
    member('target', record.target),
    member('protocol', record.protocol),
    `"status":${record.status}`,
    `"bytes":${record.bytes}`,
    `"duration_ms":${Math.round(record.duration * 1000) / 1000}`,
    member('request_id', record.requestId),
    member('host', record.host),
    member('referer', record.referer),
    member('user_agent', record.userAgent),
    member('reason', record.outcome === 'complete' ? undefined : record.outcome),
  ]
  return `{${members.filter((text) => text !== '').join(',')}}\n`
}

function field(text: string | undefined): string {
  if (text === undefined || text === '') return '-'
  if (text.length <= MAX_FIELD_CHARS && !UNSAFE.test(text)) return text
  return bounded(text, (kept) => kept.replace(/[^\x20-\x7e]|["\\]/gu, hexEscape), /\\(?:x.?|u(?:\{[^}]*)?)?$/)
}

/** What would break out of its field, or of its line. */
const UNSAFE = /[^\x20-\x7e]|["\\]/

function member(name: string, text: string | undefined): string {
  if (text === undefined) return ''
  return `"${name}":"${bounded(text, jsonEscaped, /\\(?:u.{0,3})?$/)}"`
}

/** JSON has its own escapes; what they leave outside printable ASCII (DEL, C1, anything wider) becomes `\uHHHH`. */
function jsonEscaped(text: string): string {
  const quoted = JSON.stringify(text).slice(1, -1)
  return quoted.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * A field within its limit; `...` says that it was cut.
 * @param torn matches an escape that a cut has left without its end. Every backslash begins one.
 */
function bounded(text: string, encode: (text: string) => string, torn: RegExp): string {
  const escaped = encode(text.slice(0, MAX_FIELD_CHARS))
  if (text.length <= MAX_FIELD_CHARS && escaped.length <= MAX_FIELD_CHARS) return escaped
  return `${escaped.slice(0, MAX_FIELD_CHARS - 3).replace(torn, '')}...`
}

function hexEscape(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** `20/Nov/2026:17:03:09 +0000`: always UTC, so that no line depends on the machine. Made once a second. */
function clfTime(time: number): string {
  const second = Math.floor(time / 1000)
  if (second !== lastTime.second) lastTime = { second, text: clfText(new Date(time)) }
  return lastTime.text
}

let lastTime = { second: Number.NaN, text: '' }

function clfText(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return (
    `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:` +
    `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
  )
}
