/**
 * Takes secrets out of a recorded request: what stands under a name that says so (as on the development page), and every
 * other place where the same value stands: an echo in the response, a line of the log. Knows names and encodings, no files.
 */

export const MASK = '[masked]'
const SECRET_NAME = /auth|cookie|pass|pwd|secret|token|key|session|credential|signature/i
/** In queries and forms also what OAuth calls its secrets. */
const SECRET_FIELD = /auth|cookie|pass|pwd|secret|token|key|session|credential|signature|code/i
/** The same where the name stands beside the value, however short that is. */
const NAME = 'auth|cookie|pass|pwd|secret|token|key|session|credential|signature|code'
const IN_QUERY = new RegExp(`([?&;\\s]|^)([^=&;?#\\s"<>]*(?:${NAME})[^=&;?#\\s"<>]*)=[^&;#\\s"<>]*`, 'gi')
const IN_JSON = new RegExp(`("[^"]*(?:${NAME})[^"]*"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|-?[\\d.]+)`, 'gi')
const IN_PARTS = new RegExp(
  `(\\bname="?[^";\\r\\n]*(?:${NAME})[^";\\r\\n]*"?[\\s\\S]*?\\r?\\n\\r?\\n)[\\s\\S]*?(?=\\r?\\n--|$)`,
  'gi',
)
/** Shorter values are masked under their name, but not looked for elsewhere: they are parts of other words. */
const MIN_SOUGHT_LENGTH = 4

export class Redaction {
  /** Values, each in the forms that it may have. */
  readonly #sought = new Set<string>()

  /** The headers and CGI variables, by their names. */
  environ(variables: Readonly<Record<string, string>>): Record<string, string> {
    for (const [name, value] of Object.entries(variables)) if (SECRET_NAME.test(name)) this.#seekHeader(value)
    for (const name of ['QUERY_STRING', 'REQUEST_URI', 'HTTP_REFERER']) this.#seekFields(variables[name] ?? '')
    return Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, SECRET_NAME.test(name) ? MASK : value]),
    )
  }

  /** Looks for secrets in a body of a type that has names. */
  body(type: string, bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('utf8')
    if (/json/i.test(type)) this.#seekJson(text)
    else if (/x-www-form-urlencoded/i.test(type)) this.#seekFields(text)
    else if (/multipart\//i.test(type)) this.#seekParts(text)
  }

  /** Response headers: `Set-Cookie` and the like. */
  headers(list: readonly (readonly [string, string])[]): [string, string][] {
    for (const [name, value] of list) if (SECRET_NAME.test(name)) this.#seekHeader(value)
    return list.map(([name, value]) => [name, SECRET_NAME.test(name) ? MASK : value])
  }

  /** To be called when all secrets have been seen. */
  text(text: string): string {
    return this.#clean(text, (value) => value)
  }

  /** @param isCut whether more followed: the beginning of a secret may stand at the end. */
  bytes(bytes: Uint8Array, isCut: boolean): Buffer {
    const latin1 = (value: string) => Buffer.from(value).toString('latin1')
    const clean = this.#clean(Buffer.from(bytes).toString('latin1'), latin1)
    return Buffer.from(isCut ? this.#withoutBeginning(clean, latin1) : clean, 'latin1')
  }

  #clean(text: string, encode: (value: string) => string): string {
    let clean = text
    for (const value of this.#longestFirst()) clean = clean.replaceAll(encode(value), MASK)
    return clean.replace(IN_QUERY, `$1$2=${MASK}`).replace(IN_JSON, `$1"${MASK}"`).replace(IN_PARTS, `$1${MASK}`)
  }

  #withoutBeginning(text: string, encode: (value: string) => string): string {
    for (const value of this.#longestFirst().map(encode))
      for (let length = value.length - 1; length > 0; length--)
        if (text.endsWith(value.slice(0, length))) return text.slice(0, -length)
    return text
  }

  #longestFirst(): string[] {
    return [...this.#sought].sort((one, other) => other.length - one.length)
  }

  /** A header holds one value, or pairs, or a scheme and a value: `Basic dTpw`, `a=1; b=2`. */
  #seekHeader(value: string): void {
    this.#seek(value)
    for (const part of value.split(/[;,\s]+/)) {
      this.#seek(part)
      const [, after] = /^[^=]+=(.*)$/.exec(part) ?? []
      if (after !== undefined) this.#seek(after.replace(/^"|"$/g, ''))
      // Basic authentication is a name and a password in base64.
      if (/^[A-Za-z0-9+/]{6,}={0,2}$/.test(part)) this.#seek(Buffer.from(part, 'base64').toString().split(':')[1] ?? '')
    }
  }

  #seekFields(text: string): void {
    for (const pair of text.slice(text.indexOf('?') + 1).split(/[&;#]/)) {
      const at = pair.indexOf('=')
      if (at > 0 && SECRET_FIELD.test(decoded(pair.slice(0, at)))) this.#seek(pair.slice(at + 1))
    }
  }

  #seekJson(text: string): void {
    const visit = (value: unknown, isSecret: boolean): void => {
      if (typeof value === 'string' || typeof value === 'number') {
        if (isSecret) this.#seek(String(value))
      } else if (typeof value === 'object' && value !== null)
        for (const [name, inner] of Object.entries(value)) visit(inner, isSecret || SECRET_FIELD.test(name))
    }
    try {
      visit(JSON.parse(text), false)
    } catch {
      // Cut or broken: names and values are found as they are written.
      for (const [, name = '', value = ''] of text.matchAll(/"([^"\\]*)"\s*:\s*"((?:[^"\\]|\\.)*)/g))
        if (SECRET_FIELD.test(name)) this.#seek(value)
    }
  }

  #seekParts(text: string): void {
    for (const [, name = '', value = ''] of text.matchAll(
      /\bname="?([^";\r\n]*)"?[\s\S]*?\r?\n\r?\n([\s\S]*?)(?=\r?\n--|$)/g,
    ))
      if (SECRET_FIELD.test(name)) this.#seek(value)
  }

  /** As it was written and as it was meant, each as it may be written again. */
  #seek(value: string): void {
    for (const plain of new Set([value, decoded(value)])) {
      const once = inJson(plain)
      for (const form of [plain, once, inJson(once), inUri(plain), inUri(once), escapedHtml(plain)])
        if (form.length >= MIN_SOUGHT_LENGTH) this.#sought.add(form)
    }
  }
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function inUri(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function escapedHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
