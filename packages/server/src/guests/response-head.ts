/**
 * A guest's response head, made fit for the contract. Guests think that they own a connection; what they say of it is
 * taken off here, and not refused, since on their home server it would have gone to the socket. Knows the contract's
 * rules for a head (C55–C63); knows no guest.
 */
import type { HeaderList } from '@tsgi/contract'

/** The reason phrase without blanks around it, which a contract status may not have (C55). */
export function statusLine(code: number, phrase: string): string {
  return `${code} ${phrase.trim()}`
}

/**
 * Takes off hop-by-hop headers (C60), `Date` (the server has its own, C65), `Status` (C62), what a 101, 204 or 304 may not
 * have (C63, C86), and blanks around values (C59).
 */
export function contractHeaders(code: number, headers: HeaderList): HeaderList {
  const list: (readonly [string, string])[] = []
  for (const header of headers) {
    const [name, value] = header
    // Most names need not be folded to be known as harmless.
    const lower = SUSPECT_LENGTHS.has(name.length) ? name.toLowerCase() : ''
    if (NOT_THE_GUESTS.has(lower) && !(code === 101 && lower === 'upgrade')) continue
    if ((code === 101 || code === 204 || code === 304) && (lower === 'content-type' || lower === 'content-length'))
      continue
    const trimmed = value.trim()
    list.push(trimmed === value ? header : [name, trimmed])
  }
  return list
}

/** Node joins the links of a hint in one field; a gateway may take them only one by one (RFC 8288 §3). */
export function hintHeaders(code: number, headers: HeaderList): HeaderList {
  return contractHeaders(code, headers.flatMap(splitLinks))
}

function splitLinks([name, value]: readonly [string, string]): HeaderList {
  if (name.toLowerCase() !== 'link') return [[name, value]]
  return value.split(/,\s*(?=<)/).map((link) => [name, link] as const)
}

const CONTENT_NAMES = ['content-type', 'content-length']

const NOT_THE_GUESTS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'date',
  'status',
])

const SUSPECT_LENGTHS: ReadonlySet<number> = new Set([...NOT_THE_GUESTS, ...CONTENT_NAMES].map(({ length }) => length))
