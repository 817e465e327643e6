/**
 * `toLambdaHandler` behind what a function URL does: a small server makes an event (version 2) of each request, and an HTTP
 * response of each result. AWS' own runtime is asked in test/gateways/lambda-runtime.test.ts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Application, ErrorStream } from '@tsgi/contract'
import { type LambdaEvent, toLambdaHandler } from '@tsgi/gateways/lambda'
import { bareApplication, closed, listening, type OpenTarget } from './targets.ts'

function because(reason: string, ...rows: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.map((row) => [row, reason]))
}

const LACKS = {
  'trailers-in': 'an event has no trailers',
  'trailers-out': 'a result has no trailers',
  upgrade: 'an event has no connection',
  'C86-2': 'an event has no connection',
  ...because('an event does not tell an empty query from none', 'C17-1'),
  ...because('an event tells the version that the gateway speaks', 'C25-2'),
  ...because('the gateway joins headers of one name with a bare comma', 'C22-1'),
  ...because('Lambda does not tell that a client has left', 'C31-1', 'C31-2', 'C33-3', 'C77-2', 'C78-3', 'G-leave'),
  ...because('an event has the whole body', 'C37-8', 'C40-1', 'C44-3'),
  ...because('a result has the whole body', 'C53-2', 'C78-5'),
  ...because('a failure midway is an honest 502', 'C51-2', 'C72-2', 'C83-6', 'C83-7', 'C94-9', 'G-cut'),
  ...because('a result has no reason phrase', 'C55-1', 'C55-2'),
  ...because('a result is 6 MiB at most', 'C77-1'),
  ...because('node:http, which makes the events here, takes the first of two Host fields', 'K-7b'),
}

export async function openLambda(application: Application = bareApplication()): Promise<OpenTarget> {
  const log: string[] = []
  const errors: ErrorStream = {
    write: (text) => void log.push(text),
    writelines: (lines) => void log.push(...lines),
    flush: () => undefined,
  }
  const handler = toLambdaHandler(application, { errors })
  const server = createServer((request, response) => {
    eventOf(request)
      .then(handler)
      .then(
        (result) => answer(response, result),
        () => answer(response, { statusCode: 502, headers: {}, body: '', isBase64Encoded: false }),
      )
  })
  return {
    target: { url: await listening(server), log: () => log.join(''), mount: '/site', trusted: true, lacks: LACKS },
    async close() {
      await closed(server)
      await handler.close()
    },
  }
}

/** In the shape of AWS' documentation of function URLs. */
export async function eventOf(request: IncomingMessage): Promise<LambdaEvent> {
  const { method = 'GET', url = '/' } = request
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const body = Buffer.concat(parts)
  const mark = url.indexOf('?')
  const headers: Record<string, string> = {}
  const { cookie, ...others } = request.headersDistinct
  for (const [name, values = []] of Object.entries(others)) headers[name] = values.join(',')
  delete headers['transfer-encoding']
  delete headers.connection
  return {
    version: '2.0',
    rawPath: mark === -1 ? url : url.slice(0, mark),
    rawQueryString: mark === -1 ? '' : url.slice(mark + 1),
    headers,
    ...(cookie === undefined ? {} : { cookies: cookie.flatMap((value) => value.split('; ')) }),
    requestContext: { stage: '$default', http: { method, sourceIp: '127.0.0.1', protocol: 'HTTP/1.1' } },
    ...(body.length === 0 ? {} : { body: body.toString('base64'), isBase64Encoded: true }),
  }
}

type Result = Awaited<ReturnType<ReturnType<typeof toLambdaHandler>>>

function answer(
  response: ServerResponse,
  { statusCode, headers = {}, cookies = [], body, isBase64Encoded }: Result,
): void {
  response.statusCode = statusCode
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (cookies.length > 0) response.setHeader('Set-Cookie', [...cookies])
  response.end(Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'))
}
