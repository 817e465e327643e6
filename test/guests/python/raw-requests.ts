/**
 * Requests as octets, and what of an answer is compared with that of another server. Knows no server and no application.
 */
import type { RawAnswer } from './compared-servers.ts'

export interface Case {
  readonly title: string
  readonly request: string
}

export function get(target: string, ...headers: string[]): Case {
  return withMethod('GET', target, ...headers)
}

export function withMethod(method: string, target: string, ...headers: string[]): Case {
  const fields = ['Host: localhost', 'Connection: close', ...headers]
  return {
    title: `${method} ${target} ${headers.join(' | ')}`,
    request: `${method} ${target} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`,
  }
}

export function post(target: string, type: string, body: string, method = 'POST'): Case {
  const { request } = withMethod(method, target, `Content-Type: ${type}`, `Content-Length: ${body.length}`)
  return { title: `${method} ${target} ${type}, ${body.length} octets`, request: request + body }
}

export function postChunks(target: string, ...chunks: string[]): Case {
  const { request } = withMethod('POST', target, 'Transfer-Encoding: chunked', 'Content-Type: text/plain')
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return { title: `POST ${target} in ${chunks.length} chunks`, request: `${request}${body}0\r\n\r\n` }
}

/** Belongs to the connection, or to the server's name and clock. */
const OF_THE_SERVER = /^(date|server|connection|keep-alive|transfer-encoding):/

export function shown({ status, headers, body }: RawAnswer): RawAnswer {
  return { status, headers: headers.filter((field) => !OF_THE_SERVER.test(field)), body }
}
