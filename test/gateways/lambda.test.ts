/** Lambda's four kinds of events, in the shapes of AWS' documentation, answered under the validator. */
import { Writable } from 'node:stream'
import { type Application, type Environ, validate } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import {
  type AwsLambda,
  type LambdaEvent,
  type LambdaResult,
  toLambdaHandler,
  toLambdaStreamHandler,
} from '../../packages/gateways/src/lambda.ts'
import { Log } from './exchange/recording-sink.ts'

const v2: LambdaEvent = {
  version: '2.0',
  rawPath: '/caf%C3%A9/a%2Fb',
  rawQueryString: 'q=%20&q=2',
  cookies: ['a=1', 'b=2'],
  headers: { host: 'api.example.org', 'x-twice': 'a,b', 'content-type': 'text/plain' },
  requestContext: { stage: '$default', http: { method: 'POST', sourceIp: '192.0.2.7', protocol: 'HTTP/1.1' } },
  body: Buffer.from('héllo').toString('base64'),
  isBase64Encoded: true,
}

const v1: LambdaEvent = {
  version: '1.0',
  httpMethod: 'POST',
  path: '/café/a b',
  multiValueHeaders: { Host: ['api.example.org'], Cookie: ['a=1', 'b=2'], 'X-Twice': ['a', 'b'] },
  multiValueQueryStringParameters: { q: [' ', '2'] },
  requestContext: { stage: 'prod', protocol: 'HTTP/1.1', identity: { sourceIp: '192.0.2.7' } },
  body: 'héllo',
  isBase64Encoded: false,
}

const balancer: LambdaEvent = {
  httpMethod: 'POST',
  path: '/caf%C3%A9',
  queryStringParameters: { q: '%20' },
  headers: { host: 'lb.example.org', 'x-forwarded-for': '203.0.113.9, 192.0.2.7' },
  requestContext: { elb: { targetGroupArn: 'arn' } },
  body: 'héllo',
  isBase64Encoded: false,
}

async function environOf(event: LambdaEvent): Promise<Environ & { readonly body: string }> {
  const seen: (Environ & { readonly body: string })[] = []
  const application: Application = async (environ, startResponse) => {
    const body = new TextDecoder().decode(await environ['wsgi.input'].read())
    seen.push({ ...environ, body })
    startResponse('204 No Content', [])
    return ''
  }
  await toLambdaHandler(validate(application, { strict: true }), { errors: new Log() })(event)
  const [environ] = seen
  if (environ === undefined) throw new Error('the application was not called')
  return environ
}

describe('the environ', () => {
  it.each([
    ['version 2', v2, { PATH_INFO: '/café/a/b', REQUEST_URI: '/caf%C3%A9/a%2Fb?q=%20&q=2', HTTP_COOKIE: 'a=1; b=2' }],
    ['version 1', v1, { PATH_INFO: '/café/a b', REQUEST_URI: '/caf%C3%A9/a%20b?q=%20&q=2', HTTP_X_TWICE: 'a, b' }],
    ['a load balancer', balancer, { PATH_INFO: '/café', REQUEST_URI: '/caf%C3%A9?q=%20' }],
  ])('of %s', async (_name, event, expected) => {
    expect(await environOf(event)).toMatchObject({
      REQUEST_METHOD: 'POST',
      REMOTE_ADDR: '192.0.2.7',
      'wsgi.url_scheme': 'https',
      body: 'héllo',
      ...expected,
    })
  })

  it('has the stage of an API as SCRIPT_NAME', async () => {
    const context = { stage: 'prod', http: { method: 'GET', sourceIp: '', protocol: 'HTTP/1.1' } }
    const environ = await environOf({ ...v2, rawPath: '/prod/x', requestContext: context })
    expect([environ.SCRIPT_NAME, environ.PATH_INFO]).toEqual(['/prod', '/x'])
  })
})

describe('the result', () => {
  const cookies: Application = (_environ, startResponse) => {
    startResponse('201 Created', [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
    ])
    return '<p>é'
  }
  const ask = (event: LambdaEvent, application = cookies): Promise<LambdaResult> =>
    toLambdaHandler(application, { errors: new Log() })(event)

  it('keeps every cookie where the event allows it', async () => {
    expect(await ask(v2)).toMatchObject({
      statusCode: 201,
      cookies: ['a=1', 'b=2'],
      headers: { 'X-Twice': 'a, b' },
      body: '<p>é',
      isBase64Encoded: false,
    })
    expect((await ask(v1)).multiValueHeaders).toMatchObject({ 'Set-Cookie': ['a=1', 'b=2'], 'X-Twice': ['a', 'b'] })
    expect(await ask(balancer)).toMatchObject({ statusDescription: '201 Created', headers: { 'Set-Cookie': 'b=2' } })
  })

  it('sends bytes as base64', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const result = await ask(v2, (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'image/png']])
      return bytes
    })
    expect(result.isBase64Encoded).toBe(true)
    expect(new Uint8Array(Buffer.from(result.body, 'base64'))).toEqual(bytes)
  })

  it('is 502 for a failure midway, 500 before the head, 413 beyond the limit', async () => {
    const midway: Application = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return (function* () {
        yield 'begun'
        throw new Error('secret')
      })()
    }
    expect(await ask(v2, midway)).toMatchObject({ statusCode: 502, body: '' })
    expect(JSON.stringify(await ask(v2, () => Promise.reject(new Error('secret'))))).not.toContain('secret')
    const reading: Application = async ({ 'wsgi.input': input }, startResponse) => {
      await input.read()
      startResponse('204 No Content', [])
      return ''
    }
    expect((await toLambdaHandler(reading, { bodyLimit: 3, errors: new Log() })(v2)).statusCode).toBe(413)
  })

  it('waits for work after the response', async () => {
    const ran: string[] = []
    await ask(v2, (environ, startResponse) => {
      environ['tsgi.after_response']?.(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        ran.push('task')
      })
      startResponse('204 No Content', [])
      return ''
    })
    expect(ran).toEqual(['task'])
  })

  it('rejects an event that is no request', async () => {
    await expect(ask({})).rejects.toThrow('toLambdaHandler: the event is no HTTP request')
  })
})

describe('a streaming handler', () => {
  /** Stands for the global of the runtime: a prelude, eight NUL, then the body. */
  function runtime(): { readonly awslambda: AwsLambda; readonly written: () => string } {
    const chunks: Buffer[] = []
    const out = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(chunk)
        done()
      },
    })
    const awslambda: AwsLambda = {
      streamifyResponse: (handler) => (event, context) => handler(event, out, context),
      HttpResponseStream: {
        from(stream, prelude) {
          stream.write(`${JSON.stringify(prelude)}${'\0'.repeat(8)}`)
          return stream
        },
      },
    }
    return { awslambda, written: () => Buffer.concat(chunks).toString() }
  }

  it('sends a prelude and the body', async () => {
    const { awslambda, written } = runtime()
    const handler = toLambdaStreamHandler(
      (_environ, startResponse) => {
        startResponse('200 OK', [
          ['Content-Type', 'text/plain'],
          ['Set-Cookie', 'a=1'],
        ])
        return ['one ', 'two']
      },
      {},
      awslambda,
    )
    await handler(v2 as never, {})
    const [prelude = '', body] = written().split('\0'.repeat(8))
    expect(JSON.parse(prelude)).toMatchObject({
      statusCode: 200,
      cookies: ['a=1'],
      headers: { 'Content-Type': 'text/plain' },
    })
    expect(body).toBe('one two')
  })

  it('rejects without the message of the application when it is cut', async () => {
    const { awslambda } = runtime()
    const handler = toLambdaStreamHandler(
      (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'text/plain']])
        return (function* () {
          yield 'begun'
          throw new Error('secret')
        })()
      },
      { errors: new Log() },
      awslambda,
    )
    await expect(handler(v2 as never, {})).rejects.toThrow('the response was cut short')
  })

  it('says where it can be made', () => {
    expect(() => toLambdaStreamHandler(() => '')).toThrow(
      'there is no global awslambda; it exists in the Lambda runtime only',
    )
  })
})

describe('a response that is larger than Lambda takes', () => {
  it.each([
    ['an endless generator', () => endless('x'.repeat(65_536))],
    ['bytes', () => new Uint8Array(7 * 1024 * 1024)],
  ])('is 502, said in the log, and left: %s', async (_what, body) => {
    const log = new Log()
    const application: Application = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return body()
    }
    const result = await toLambdaHandler(application, { errors: log })(v2)
    expect([result.statusCode, result.body]).toEqual([502, ''])
    expect(log.text).toContain('the response is larger than the 6291456 bytes that Lambda takes')
  })
})

function* endless(chunk: string): Generator<string> {
  for (;;) yield chunk
}
