/**
 * One request as octets over a socket, and what came back, taken apart without any HTTP library: so that what is compared
 * is what a client sees. The tests of the guests call this.
 */
import { type AddressInfo, connect } from 'node:net'

/** A request of the table. */
export interface TableRequest {
  readonly target: string
  /** Default `'GET'`. */
  readonly method?: string
  readonly headers?: ReadonlyArray<readonly [string, string]>
  /** Sent with Content-Length. */
  readonly body?: string | Uint8Array
  /** Sent chunked, each a chunk of its own. */
  readonly chunks?: readonly string[]
  /** Default `'HTTP/1.1'`. */
  readonly protocol?: 'HTTP/1.0' | 'HTTP/1.1'
}

export interface Answer {
  readonly status: number
  readonly reason: string
  /** As they were sent. */
  readonly headers: ReadonlyArray<readonly [string, string]>
  /** Without framing, as latin-1. */
  readonly body: string
  /** Whether the client can tell that it has all of it. */
  readonly whole: boolean
  /** Status lines and headers of 1xx before it, 100 left out. */
  readonly interim: readonly string[]
}

export async function exchange(address: AddressInfo, request: TableRequest): Promise<Answer> {
  return parseAnswer(await send(address.port, requestOctets(request)), request.method === 'HEAD')
}

export function requestOctets(request: TableRequest): Buffer {
  const { target, method = 'GET', protocol = 'HTTP/1.1', headers = [], body, chunks } = request
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const lines = [`${method} ${target} ${protocol}`]
  if (!names.has('host')) lines.push('Host: example.test')
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  const octets = body === undefined ? undefined : Buffer.from(body)
  if (octets !== undefined) lines.push(`Content-Length: ${octets.length}`)
  if (chunks !== undefined) lines.push('Transfer-Encoding: chunked')
  if (!names.has('connection')) lines.push('Connection: close')
  const framed = chunks?.map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`).concat('0\r\n\r\n')
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return Buffer.concat([head, octets ?? Buffer.from(framed?.join('') ?? '')])
}

/** All that comes until the server ends the connection, however it does. */
function send(port: number, octets: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(octets))
    socket.on('data', (part: Buffer) => parts.push(part))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(parts)))
  })
}

export function parseAnswer(octets: Buffer, isHead: boolean): Answer {
  let rest = octets.toString('latin1')
  const interim: string[] = []
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) return { status: 0, reason: '', headers: [], body: rest, whole: false, interim }
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const [, status = '0', reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(first) ?? []
    const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const)
    rest = rest.slice(end + 4)
    if (Number(status) >= 200) {
      return { status: Number(status), reason, headers, interim, ...unframe(rest, headers, isHead, Number(status)) }
    }
    if (status !== '100') interim.push([first, ...lines].join('\n'))
  }
}

function unframe(
  rest: string,
  headers: Answer['headers'],
  isHead: boolean,
  status: number,
): Pick<Answer, 'body' | 'whole'> {
  const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  if (isHead || status === 204 || status === 304) return { body: rest, whole: rest === '' }
  if (value('transfer-encoding') === 'chunked') return unchunk(rest)
  const length = value('content-length')
  return { body: rest, whole: length === undefined || rest.length === Number(length) }
}

function unchunk(text: string): Pick<Answer, 'body' | 'whole'> {
  let body = ''
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at)
    const size = end === -1 ? Number.NaN : Number.parseInt(text.slice(at, end), 16)
    if (Number.isNaN(size)) return { body, whole: false }
    if (size === 0) return { body, whole: text.endsWith('\r\n\r\n') }
    body += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
}
