/**
 * `toLambdaHandler` and `toLambdaStreamHandler` under AWS' own runtime interface client, `aws-lambda-ric`, against a Runtime
 * API of this file. `.ci/run` installs the client into `.ci/tools`; AWS_LAMBDA_RIC names another folder.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { LambdaEvent } from '../../packages/gateways/src/lambda.ts'
import { folderWith, ROOT } from '../support/command.ts'

const CLIENT = process.env.AWS_LAMBDA_RIC ?? join(ROOT, '.ci/tools/node_modules/aws-lambda-ric')
const PROGRAM = join(CLIENT, 'index.mjs')
const hasClient = existsSync(PROGRAM) && existsSync(join(CLIENT, 'rapid-client.node'))

const GATEWAYS = JSON.stringify(join(ROOT, 'packages/gateways/src/lambda.ts'))

const HANDLERS = `
import { toLambdaHandler, toLambdaStreamHandler } from ${GATEWAYS}
const application = async (environ, startResponse) => {
  const body = new TextDecoder().decode(await environ['wsgi.input'].read())
  if (environ.PATH_INFO === '/fail') throw new Error('secret')
  startResponse('201 Created', [['Content-Type', 'text/plain; charset=utf-8'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']])
  const text = environ.REQUEST_METHOD + ' ' + environ.PATH_INFO + '?' + environ.QUERY_STRING + ' ' + environ.HTTP_X_TEST + ' ' + body
  if (environ.PATH_INFO === '/empty') return ''
  return environ.PATH_INFO === '/cut' ? cut() : [text]
}
async function* cut() { yield 'begun'; await new Promise((resolve) => setTimeout(resolve, 50)); throw new Error('secret') }
export const handler = toLambdaHandler(application)
export const stream = globalThis.awslambda && toLambdaStreamHandler(application)
`

interface Result {
  readonly kind: 'response' | 'error'
  readonly body: string
  readonly trailers: NodeJS.Dict<string>
  readonly type: string
}

let api: Server | undefined
let client: ChildProcess | undefined

afterEach(async () => {
  client?.kill('SIGKILL')
  api?.closeAllConnections()
  api?.close()
  api = client = undefined
})

/** The Runtime API (2018-06-01): gives the events one by one, and takes what comes of each. */
function runtimeApi(events: readonly LambdaEvent[]): {
  readonly server: Server
  readonly results: Promise<readonly Result[]>
} {
  const waiting = [...events]
  const results: Result[] = []
  const done = Promise.withResolvers<readonly Result[]>()
  const server = createServer(async (request, response) => {
    const [, outcome] = /\/(response|error)$/.exec(request.url ?? '') ?? []
    if (outcome === 'response' || outcome === 'error') {
      const body = await textOf(request)
      results.push({ kind: outcome, body, trailers: request.trailers, type: request.headers['content-type'] ?? '' })
      response.writeHead(202).end()
      if (results.length === events.length) done.resolve(results)
      return
    }
    const event = waiting.shift()
    if (event === undefined) return // the next invocation never comes
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': `request-${waiting.length}`,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + 10_000),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-central-1:123456789012:function:app',
    })
    response.end(JSON.stringify(event))
  })
  return { server, results: done.promise }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function invoke(handler: 'handler' | 'stream', events: readonly LambdaEvent[]): Promise<readonly Result[]> {
  const folder = folderWith()
  writeFileSync(join(folder, 'index.mjs'), HANDLERS)
  const { server, results } = runtimeApi(events)
  api = server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  client = spawn(process.execPath, [PROGRAM, `index.${handler}`], {
    cwd: folder,
    env: {
      ...process.env,
      ...{ AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`, _HANDLER: `index.${handler}`, LAMBDA_TASK_ROOT: folder },
      ...{ AWS_LAMBDA_FUNCTION_NAME: 'app', AWS_LAMBDA_FUNCTION_VERSION: '1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128' },
      ...{ AWS_LAMBDA_LOG_GROUP_NAME: 'group', AWS_LAMBDA_LOG_STREAM_NAME: 'stream' },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [client.stdout, client.stderr]) stream?.on('data', (text) => (log += text))
  const ended = once(client, 'exit').then(() => Promise.reject(new Error(`the client ended: ${log}`)))
  return Promise.race([results, ended])
}

function event(path: string, method = 'GET', body?: string): LambdaEvent {
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: 'q=1',
    headers: { host: 'api.example.org', 'x-test': 'yes' },
    requestContext: { stage: '$default', http: { method, sourceIp: '192.0.2.7', protocol: 'HTTP/1.1' } },
    ...(body === undefined ? {} : { body, isBase64Encoded: false }),
  }
}

describe.skipIf(!hasClient)(
  hasClient ? "under AWS' own runtime client" : 'SKIPPED: aws-lambda-ric is not installed',
  () => {
    it('a buffered handler answers', { timeout: 30_000 }, async () => {
      const results = await invoke('handler', [event('/a', 'POST', 'héllo'), event('/fail'), event('/cut')])
      expect(results.map(({ kind }) => kind)).toEqual(['response', 'response', 'response'])
      const [first, failed, cut] = results.map(({ body }) => JSON.parse(body))
      expect(first).toMatchObject({ statusCode: 201, body: 'POST /a?q=1 yes héllo', cookies: ['a=1', 'b=2'] })
      expect([failed.statusCode, cut.statusCode, JSON.stringify([failed, cut]).includes('secret')]).toEqual([
        500,
        502,
        false,
      ])
    })

    it('a streaming handler answers, also with an empty body, and shows a cut', { timeout: 30_000 }, async () => {
      const results = await invoke('stream', [event('/a', 'POST', 'x'), event('/empty'), event('/cut')])
      const [first, empty, cut] = results
      expect(first?.type).toBe('application/vnd.awslambda.http-integration-response')
      const [prelude = '', body = ''] = (first?.body ?? '').split('\0'.repeat(8))
      expect(JSON.parse(prelude)).toMatchObject({ statusCode: 201, cookies: ['a=1', 'b=2'] })
      expect(body).toBe('POST /a?q=1 yes x')
      expect(empty?.body.split('\0'.repeat(8))[1]).toBe('')
      const error = cut?.trailers['lambda-runtime-function-error-body'] ?? ''
      expect(cut?.body).toContain('begun')
      expect(Buffer.from(error, 'base64').toString()).toContain('the response was cut short')
      expect(JSON.stringify(results)).not.toContain('secret')
      expect(Buffer.from(error, 'base64').toString()).not.toContain('secret')
    })
  },
)
