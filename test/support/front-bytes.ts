/** What a front sends: requests in uwsgi, SCGI and FastCGI, as latin-1 text. For tests that speak bytes. */

export type Pairs = readonly (readonly [name: string, value: string])[]

/** Variables of a plain request; `more` comes behind them. */
export function variablesFor(method: string, target: string, more: Pairs = []): Pairs {
  return [
    ['REQUEST_METHOD', method],
    ['REQUEST_URI', target],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['REMOTE_ADDR', '203.0.113.9'],
    ['REMOTE_PORT', '4711'],
    ['SERVER_NAME', 'shop.example'],
    ['SERVER_PORT', '80'],
    ['HTTP_HOST', 'shop.example'],
    ...more,
  ]
}

function u16le(value: number): string {
  return String.fromCharCode(value & 0xff, value >> 8)
}

export function uwsgiRequest(pairs: Pairs, body = ''): string {
  const all = body === '' ? pairs : [...pairs, ['CONTENT_LENGTH', String(body.length)] as const]
  const block = all.flat().map((text) => u16le(text.length) + text)
  const joined = block.join('')
  return `\0${u16le(joined.length)}\0${joined}${body}`
}

export function scgiRequest(pairs: Pairs, body = ''): string {
  const all = [['CONTENT_LENGTH', String(body.length)], ['SCGI', '1'], ...pairs].flat()
  const block = all.map((text) => `${text}\0`).join('')
  return `${block.length}:${block},${body}`
}

export function fastcgiRecord(type: number, id: number, content: string, padding = 0): string {
  const head = String.fromCharCode(1, type, id >> 8, id & 0xff, content.length >> 8, content.length & 0xff, padding, 0)
  return head + content + '\0'.repeat(padding)
}

export function fastcgiPairs(pairs: Pairs): string {
  const length = (text: string) =>
    text.length < 0x80
      ? String.fromCharCode(text.length)
      : String.fromCharCode(
          0x80 | (text.length >> 24),
          (text.length >> 16) & 0xff,
          (text.length >> 8) & 0xff,
          text.length & 0xff,
        )
  return pairs.map(([name, value]) => length(name) + length(value) + name + value).join('')
}

/** The records of one request, in order. @param keep whether the connection stays. */
export function fastcgiRecords(id: number, pairs: Pairs, body: readonly string[] = [], keep = true): string[] {
  return [
    fastcgiRecord(1, id, `\0\u0001${keep ? '\u0001' : '\0'}\0\0\0\0\0`),
    fastcgiRecord(4, id, fastcgiPairs(pairs), 3),
    fastcgiRecord(4, id, ''),
    ...body.map((piece) => fastcgiRecord(5, id, piece)),
    fastcgiRecord(5, id, ''),
  ]
}

export interface ReadRecord {
  readonly type: number
  readonly id: number
  readonly content: string
}

/** The records of a response. @throws Error for bytes that are none. */
export function readRecords(bytes: string): ReadRecord[] {
  const records: ReadRecord[] = []
  for (let at = 0; at < bytes.length; ) {
    const byte = (index: number) => bytes.charCodeAt(at + index)
    if (byte(0) !== 1 || bytes.length < at + 8) throw new Error(`no record at ${at} of ${JSON.stringify(bytes)}`)
    const length = (byte(4) << 8) | byte(5)
    records.push({ type: byte(1), id: (byte(2) << 8) | byte(3), content: bytes.slice(at + 8, at + 8 + length) })
    at += 8 + length + byte(6)
  }
  return records
}

/** What STDOUT of one request came to. */
export function stdoutOf(records: readonly ReadRecord[], id: number): string {
  return records
    .filter((record) => record.type === 6 && record.id === id)
    .map(({ content }) => content)
    .join('')
}
