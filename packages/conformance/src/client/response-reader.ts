/**
 * Takes HTTP/1 responses out of what a socket received: heads, bodies by length, chunks or end of the connection. Strict,
 * and without any HTTP library: what is tested is what a client sees. Knows no socket.
 */
import type { Answer, Fields } from './message.ts'

/** `incomplete`: more bytes may still make a whole of it. */
export type Outcome = { readonly answer: Answer; readonly length: number } | 'incomplete'

interface Head {
  readonly status: number
  readonly reason: string
  readonly headers: Fields
  /** Bytes up to and with the empty line. */
  readonly length: number
}

/**
 * @param ended whether the connection has ended: `'fin'` or `'reset'`; `undefined` while it is open.
 * @throws Error for bytes that are no HTTP/1 response.
 */
export function readResponse(received: Buffer, method: string, ended: 'fin' | 'reset' | undefined): Outcome {
  const interim: { readonly status: number; readonly headers: Fields }[] = []
  let at = 0
  for (;;) {
    const head = readHead(received.subarray(at))
    if (head === undefined) {
      if (ended === undefined) return 'incomplete'
      throw new Error(
        at === received.length ? `the connection ended (${ended}) without a response` : 'the head was cut',
      )
    }
    at += head.length
    if (head.status < 200 && head.status !== 101) {
      interim.push(head)
      continue
    }
    const body = readBody(received.subarray(at), head, method, ended)
    if (body === undefined) return 'incomplete'
    const { status, reason, headers } = head
    return {
      answer: {
        status,
        reason,
        headers,
        interim,
        body: body.data,
        trailers: body.trailers ?? [],
        complete: body.complete,
      },
      length: at + body.length,
    }
  }
}

function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [line = '', ...rest] = bytes.toString('latin1', 0, end).split('\r\n')
  const match = /^HTTP\/1\.[01] (\d{3}) (.*)$/s.exec(line) ?? /^HTTP\/1\.[01] (\d{3})()$/.exec(line)
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(line)}`)
  return { status: Number(match[1]), reason: match[2] ?? '', headers: rest.map(readField), length: end + 4 }
}

function readField(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new Error(`not a header line: ${JSON.stringify(line)}`)
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
}

interface ReadBody {
  readonly data: Uint8Array
  readonly complete: boolean
  readonly length: number
  readonly trailers?: Fields
}

function readBody(bytes: Buffer, head: Head, method: string, ended: 'fin' | 'reset' | undefined): ReadBody | undefined {
  if (method === 'HEAD' || head.status === 204 || head.status === 304 || head.status === 101)
    return { data: Buffer.alloc(0), complete: true, length: 0 }
  const [coding, length] = ['transfer-encoding', 'content-length'].map(
    (name) => head.headers.find(([each]) => each.toLowerCase() === name)?.[1],
  )
  if (coding !== undefined) return readChunks(bytes, ended)
  if (length === undefined) {
    // RFC 9112 §6.3: until the connection ends; then nothing but a reset shows a cut.
    return ended === undefined ? undefined : { data: bytes, complete: ended === 'fin', length: bytes.length }
  }
  const size = Number(length)
  if (bytes.length >= size) return { data: bytes.subarray(0, size), complete: true, length: size }
  return ended === undefined ? undefined : { data: bytes, complete: false, length: bytes.length }
}

function readChunks(bytes: Buffer, ended: 'fin' | 'reset' | undefined): ReadBody | undefined {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    const size = end === -1 ? undefined : Number.parseInt(bytes.toString('latin1', at, end), 16)
    const next = end === -1 ? Number.POSITIVE_INFINITY : end + 2 + (size ?? 0) + 2
    if (size === undefined || Number.isNaN(size) || next > bytes.length) {
      if (ended === undefined && !Number.isNaN(size ?? 0)) return undefined
      if (end !== -1 && size !== undefined && size > 0)
        parts.push(bytes.subarray(end + 2, Math.min(bytes.length, end + 2 + size)))
      return { data: Buffer.concat(parts), complete: false, length: bytes.length }
    }
    if (size === 0) {
      const last = bytes.indexOf('\r\n\r\n', end)
      if (last === -1)
        return ended === undefined ? undefined : { data: Buffer.concat(parts), complete: false, length: bytes.length }
      const lines = bytes.toString('latin1', end, last).split('\r\n').slice(1)
      return { data: Buffer.concat(parts), complete: true, length: last + 4, trailers: lines.map(readField) }
    }
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = next
  }
}
