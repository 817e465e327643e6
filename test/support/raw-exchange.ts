/**
 * A request of a table as bytes, and its response in the form in which servers are compared. Knows HTTP/1.1 messages; the
 * raw client has the socket.
 */
import type { AddressInfo } from 'node:net'
import { exchangeRaw, parseResponses, type RawResponse } from './raw-client.ts'

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
  return parseAnswer(await exchangeRaw(address.port, requestOctets(request)), request.method === 'HEAD')
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

/** @param text all that came on the connection, as latin-1. */
export function parseAnswer(text: string, isHead: boolean): Answer {
  const [responses, rest] = parseResponses(text, isHead ? 'HEAD' : 'GET')
  const last = responses.at(-1)
  if (last === undefined || last.status < 200) {
    return { status: 0, reason: '', headers: [], body: text, whole: false, interim: [] }
  }
  const interim = responses.filter(({ status }) => status > 100 && status < 200).map(shownInterim)
  const { status, reason, fields, body, complete } = last
  return { status, reason, headers: fields, body, whole: complete && rest === '', interim }
}

function shownInterim({ status, reason, fields }: RawResponse): string {
  return [`HTTP/1.1 ${status} ${reason}`, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\n')
}
