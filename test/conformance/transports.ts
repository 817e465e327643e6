/**
 * Every way from a request to an application, each behind the same small interface. A new server is one more entry in
 * `transports`.
 */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Application, ErrorStream } from '@tsgi/contract'
import { call, ResponseCutError, type TestResponse } from '@tsgi/contract/testing'
import { toFetchHandler, toNodeListener } from '@tsgi/server'
import { ConnectionContext } from '../../packages/server/src/connection/connection-context.ts'
import { serveHttp1 } from '../../packages/server/src/connection/http1-connection.ts'
import { DEFAULT_CLOCKS } from '../../packages/server/src/connection/timeouts.ts'
import { DEFAULT_LIMITS } from '../../packages/server/src/http1/limits.ts'
import { RawClient } from '../support/raw-client.ts'
import { type Answer, bodyOctets, type ConformanceRequest, comparableHeaders } from './answer.ts'

export interface OpenTransport {
  send(request: ConformanceRequest): Promise<Answer>
  close(): Promise<void>
}

export interface Transport {
  readonly name: string
  /** Whether it takes requests as octets. */
  readonly onWire: boolean
  /** False for the test kit: it adds nothing, so no Content-Length of its own (SPEC C65 is a server's duty). */
  readonly addsContentLength: boolean
  open(application: Application, errors: ErrorStream): Promise<OpenTransport>
}

export const testKit: Transport = { name: 'the test kit', onWire: false, addsContentLength: false, open: openTestKit }

export const transports: readonly Transport[] = [
  { name: 'the gateway server', onWire: true, addsContentLength: true, open: openGatewayServer },
  { name: 'node:http', onWire: true, addsContentLength: true, open: openNodeServer },
  { name: 'a fetch handler', onWire: false, addsContentLength: true, open: openFetchHandler },
  testKit,
]

async function openGatewayServer(application: Application, errors: ErrorStream): Promise<OpenTransport> {
  const context = new ConnectionContext({
    application,
    errors,
    limits: DEFAULT_LIMITS,
    clocks: DEFAULT_CLOCKS,
    multiprocess: true,
    earlyHints: true,
  })
  const options = { allowHalfOpen: true, noDelay: true }
  return openOnWire(createServer(options, (socket) => void serveHttp1(socket, context)))
}

async function openNodeServer(application: Application, errors: ErrorStream): Promise<OpenTransport> {
  return openOnWire(createHttpServer(toNodeListener(application, { errors, multiprocess: true })))
}

async function openOnWire(server: Server): Promise<OpenTransport> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    send: (request) => sendOnWire(port, request),
    async close() {
      server.close()
      await once(server, 'close')
    },
  }
}

async function sendOnWire(port: number, request: ConformanceRequest): Promise<Answer> {
  const client = new RawClient(port)
  const { method = 'GET' } = request
  client.send(requestOctets(request))
  let response = await client.response(method)
  while (response.status < 200) response = await client.response(method)
  client.destroy()
  await client.closed()
  const { status, reason, headers, complete } = response
  const body = Buffer.from(response.body, 'latin1').toString()
  return { status, reason, headers: comparableHeaders(headers), body, complete }
}

function requestOctets({ method = 'GET', target, headers = [], body }: ConformanceRequest): string {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: conformance.test', ...headers.map((pair) => pair.join(': '))]
  if (body === undefined) return `${lines.join('\r\n')}\r\n\r\n`
  const framing = typeof body === 'string' ? `Content-Length: ${bodyOctets(body).length}` : 'Transfer-Encoding: chunked'
  const octets = typeof body === 'string' ? bodyOctets(body).toString('latin1') : chunked(body)
  return `${[...lines, framing].join('\r\n')}\r\n\r\n${octets}`
}

function chunked(chunks: readonly string[]): string {
  const encoded = chunks.map((chunk) => {
    const octets = bodyOctets(chunk)
    return `${octets.length.toString(16)}\r\n${octets.toString('latin1')}\r\n`
  })
  return `${encoded.join('')}0\r\n\r\n`
}

async function openFetchHandler(application: Application, errors: ErrorStream): Promise<OpenTransport> {
  const handler = toFetchHandler(application)
  return {
    async send({ method = 'GET', target, headers = [], body }) {
      const init = {
        method,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        ...bodyInit(body),
      }
      const response = await handler(new Request(`http://conformance.test${target}`, init), {
        errors,
        remoteAddr: '127.0.0.1',
      })
      const { status, statusText: reason } = response
      return { status, reason, headers: comparableHeaders(response.headers), ...(await readBody(response)) }
    },
    close: async () => undefined,
  }
}

/** A platform that serves fetch handlers hands over the header Content-Length; a Request made here has none. */
function bodyInit(body: ConformanceRequest['body']): RequestInit {
  if (body === undefined) return {}
  const octets = (chunk: string) => new Uint8Array(bodyOctets(chunk))
  return { body: ReadableStream.from((typeof body === 'string' ? [body] : body).map(octets)), duplex: 'half' }
}

async function readBody(response: Response): Promise<Pick<Answer, 'body' | 'complete'>> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk)
    return { body: Buffer.concat(chunks).toString(), complete: true }
  } catch {
    return { body: Buffer.concat(chunks).toString(), complete: false }
  }
}

async function openTestKit(application: Application): Promise<OpenTransport> {
  return {
    async send({ method = 'GET', target, headers = [], body }) {
      const options = { method, headers: [['Host', 'conformance.test'] as const, ...headers], body }
      const surroundings = { REMOTE_ADDR: '127.0.0.1', 'wsgi.multiprocess': true }
      try {
        return answerOf(await call(application, target, { ...options, ...surroundings }), true)
      } catch (error) {
        if (error instanceof ResponseCutError && error.response !== undefined) return answerOf(error.response, false)
        throw error
      }
    },
    close: async () => undefined,
  }
}

function answerOf({ status, reason, headers, bytes }: TestResponse, complete: boolean): Answer {
  return { status, reason, headers: comparableHeaders(headers), body: Buffer.from(bytes).toString(), complete }
}
