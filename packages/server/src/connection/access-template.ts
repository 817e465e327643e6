/**
 * A line of the access log by a template of the operator's. Each value is made safe by itself: no byte of a client or of the
 * application breaks out of its place. Knows what atoms say of a record; how a template is read is `config/log-format`'s.
 */
import type { LogAtom, LogPart, NamedKind } from '../config/log-format.ts'
import { logField } from '../log/escape.ts'
import type { AccessRecord } from './access-record.ts'
import { clfTime } from './clf-time.ts'

type Show = (record: AccessRecord) => string

/** @returns what makes a line, with its LF, of a record. */
export function accessTemplate(parts: readonly LogPart[]): Show {
  const shows = parts.map(showOf)
  return (record) => {
    let line = ''
    for (const show of shows) line += show(record)
    return `${line}\n`
  }
}

function showOf(part: LogPart): Show {
  if ('text' in part) return () => part.text
  if ('atom' in part) return ATOMS[part.atom]
  return (record) => logField(namedValue(record, part.kind, part.name))
}

/** The value of a header or of a key of the environ. @param name of a header in lower case. */
export function namedValue(record: AccessRecord, kind: NamedKind, name: string): string | undefined {
  if (kind === 'o') return responseHeader(record.responseHeaders ?? [], name)
  const value = kind === 'e' ? record.environ?.[name] : record.headers?.[headerKey(name)]
  return typeof value === 'string' ? value : undefined
}

function headerKey(name: string): string {
  const upper = name.toUpperCase().replaceAll('-', '_')
  return upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH' ? upper : `HTTP_${upper}`
}

/** Several lines of one name, joined. */
function responseHeader(headers: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() !== name) continue
    found = found === undefined ? headers[i + 1] : `${found}, ${headers[i + 1]}`
  }
  return found
}

const ATOMS: Readonly<Record<LogAtom, Show>> = {
  h: ({ remoteAddr }) => logField(remoteAddr),
  l: () => '-',
  u: ({ environ }) => logField(typeof environ?.REMOTE_USER === 'string' ? environ.REMOTE_USER : undefined),
  t: ({ time }) => `[${clfTime(Math.floor(time / 1000))}]`,
  r: ({ method, target, protocol }) =>
    method === undefined ? '-' : `${logField(method)} ${logField(target)} ${logField(protocol)}`,
  m: ({ method }) => logField(method),
  U: ({ target }) => logField(target?.split('?', 1)[0]),
  q: ({ target = '' }) => (target.includes('?') ? logField(target.slice(target.indexOf('?') + 1)) : '-'),
  H: ({ protocol }) => logField(protocol),
  s: ({ status }) => String(status || '-'),
  b: ({ bytes }) => String(bytes || '-'),
  B: ({ bytes }) => String(bytes),
  f: ({ referer }) => logField(referer),
  a: ({ userAgent }) => logField(userAgent),
  T: ({ duration }) => String(Math.floor(duration / 1000)),
  M: ({ duration }) => String(Math.floor(duration)),
  D: ({ duration }) => String(Math.floor(duration * 1000)),
  L: ({ duration }) => (duration / 1000).toFixed(6),
  p: () => `<${process.pid}>`,
  host: ({ host }) => logField(host),
  route: ({ route }) => logField(route),
  request_id: ({ requestId }) => logField(requestId),
  traceparent: ({ traceparent }) => logField(traceparent),
  queue: ({ queue }) => (queue === undefined ? '-' : queue.toFixed(0)),
  reason: ({ reason }) => logField(reason),
}
