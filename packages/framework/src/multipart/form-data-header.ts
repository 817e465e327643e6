/**
 * `Content-Disposition: form-data; name="…"; filename="…"`, as browsers write it and not quite as RFC 6266 has it
 * (RFC 7578 §4.2, WHATWG HTML §4.10.22.8): `"`, CR and LF come as `%22`, `%0D`, `%0A`, everything else as UTF-8. Others
 * quote with a backslash, which is understood before `"` and `\`, or write `filename*` (RFC 8187). Linear in the text.
 */

export interface FormDataHeader {
  readonly name: string
  /** Undefined for a field. What the client says: not a path. */
  readonly filename: string | undefined
}

/** @returns undefined if it is not `form-data` with one name, or is malformed. */
export function parseFormDataHeader(value: string): FormDataHeader | undefined {
  const type = /^form-data[\t ]*/i.exec(value)?.[0]
  if (type === undefined) return undefined
  // A name of a browser may end with a backslash, which then escapes nothing.
  const parameters = parseParameters(value, type.length, QUOTED_PAIR) ?? parseParameters(value, type.length, NO_PAIR)
  const name = parameters?.get('name')
  if (name === undefined || name === '') return undefined
  const filename = parameters?.get('filename')
  if (filename !== undefined) return { name: unescapeBrowser(name), filename: unescapeBrowser(filename) }
  // A form must not have it (RFC 7578 §4.2), but some clients send nothing else: without it their file would be a field.
  const extended = parameters?.get('filename*')
  const decoded = extended === undefined ? undefined : decodeExtended(extended)
  if (extended !== undefined && decoded === undefined) return undefined
  return { name: unescapeBrowser(name), filename: decoded }
}

function parseParameters(text: string, start: number, pair: RegExp): Map<string, string> | undefined {
  const parameters = new Map<string, string>()
  let at = start
  for (;;) {
    EMPTY.lastIndex = at
    if (EMPTY.test(text)) at = EMPTY.lastIndex
    if (at >= text.length) return parameters
    NAME.lastIndex = at
    const name = NAME.exec(text)?.[1]?.toLowerCase()
    if (name === undefined || parameters.has(name)) return undefined
    const value = valueAt(text, NAME.lastIndex, pair)
    if (value === undefined) return undefined
    parameters.set(name, value.text)
    at = value.end
  }
}

// A `;` at the end (RFC 9110 §5.6.6); each run is followed by another character.
const EMPTY = /(?:;[\t ]*)+(?=;|$)/y
// One `;`, one name, one `=`. Of two neighbours at most one can match the same character.
const NAME = /;[\t ]*([\w!#$%&'*+.^`|~-]+)=/y
const TOKEN = /([\w!#$%&'*+.^`|~-]+)[\t ]*/y
const BLANKS = /[\t ]*/y

interface Found {
  readonly text: string
  readonly end: number
}

function valueAt(text: string, at: number, pair: RegExp): Found | undefined {
  if (text[at] === '"') return quotedAt(text, at + 1, pair)
  TOKEN.lastIndex = at
  const token = TOKEN.exec(text)?.[1]
  return token === undefined ? undefined : { text: token, end: TOKEN.lastIndex }
}

/** @param pair what a backslash and the character behind it stand for: that character. */
function quotedAt(text: string, start: number, pair: RegExp): Found | undefined {
  let at = start
  while (at < text.length && text[at] !== '"') at += pair === QUOTED_PAIR && isQuotedPair(text, at) ? 2 : 1
  if (at >= text.length) return undefined
  BLANKS.lastIndex = at + 1
  BLANKS.exec(text)
  return { text: text.slice(start, at).replace(pair, '$1'), end: BLANKS.lastIndex }
}

const QUOTED_PAIR = /\\(["\\])/g
/** Matches nothing. */
const NO_PAIR = /(?!)/g

function isQuotedPair(text: string, at: number): boolean {
  return text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')
}

/** `UTF-8''%e4%b8%ad.txt` (RFC 8187 §3.2.1); undefined for a malformed one, or another charset. */
function decodeExtended(text: string): string | undefined {
  const [, charset = '', escaped = ''] = EXTENDED.exec(text) ?? []
  try {
    if (/^utf-8$/i.test(charset)) return decodeURIComponent(escaped)
  } catch {
    return undefined
  }
  if (!/^iso-8859-1$/i.test(charset)) return undefined
  return escaped.replace(/%(..)/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)))
}

const EXTENDED = /^([\w-]+)'[\w-]*'((?:%[\da-f]{2}|[\w!#$&+.^`|~-])*)$/i

function unescapeBrowser(text: string): string {
  return text.replace(/%(?:22|0[ad])/gi, decodeURIComponent)
}
