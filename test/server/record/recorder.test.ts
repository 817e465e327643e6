/** What is recorded, and that no secret is in it. */
import { type Application, type HeaderList, validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RecordedRequest, readRecordedRequest } from '../../../packages/server/src/record/recorded-request.ts'
import { type RecordWhen, recorded } from '../../../packages/server/src/record/recorder.ts'

interface Asked {
  readonly when?: RecordWhen
  readonly target?: string
  readonly method?: string
  readonly headers?: HeaderList
  readonly body?: string
}

/** Asks an application, and returns what was recorded as the text of a file. */
async function filesOf(application: Application, asked: Asked = {}): Promise<string[]> {
  const files: string[] = []
  const folder = { keep: (_name: string, text: () => string) => void files.push(text()) }
  const { when = 'all', target = '/', ...request } = asked
  const recording = recorded(application, { folder, when, slowMs: 20 })
  await call(validate(recording), target, request).catch(() => undefined)
  return files
}

async function recordOf(application: Application, asked?: Asked): Promise<RecordedRequest | undefined> {
  const [file = ''] = await filesOf(application, asked)
  return readRecordedRequest(file)
}

const answering =
  (status: string, body: string): Application =>
  (_environ, startResponse) => {
    startResponse(status, [['Content-Type', 'text/plain']])
    return body
  }

/** Sends back and logs all that it got, in several spellings. */
const echo: Application = async (environ, startResponse) => {
  const body = Buffer.from(await environ['wsgi.input'].read()).toString()
  const all = Object.entries(environ).flatMap(([name, value]) =>
    typeof value === 'string' ? [`${name}: ${value}`] : [],
  )
  environ['wsgi.errors'].write(`${all.join('\n')}\n${body}\n`)
  startResponse('500 Internal Server Error', [
    ['Content-Type', 'application/json'],
    ['X-Echo', encodeURIComponent(body)],
    ['Set-Cookie', `sid=${encodeURIComponent(environ.HTTP_COOKIE ?? '')}`],
  ])
  return JSON.stringify({ all, body, query: decodeURIComponent(environ.QUERY_STRING.replaceAll('+', ' ')) })
}

describe('--record-when', () => {
  const failing: Application = () => {
    throw new TypeError('broken')
  }
  const slow: Application = async (environ, startResponse) => {
    await new Promise((resolve) => setTimeout(resolve, 40))
    return answering('200 OK', 'late')(environ, startResponse)
  }
  const cut: Application = (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return (async function* () {
      yield 'half'
      throw new Error('no more')
    })()
  }
  it.each<[string, Application, RecordWhen, RecordedRequest['why'] | undefined]>([
    ['a good response', answering('200 OK', 'x'), 'error', undefined],
    ['a good response', answering('200 OK', 'x'), 'slow', undefined],
    ['a good response', answering('200 OK', 'x'), 'all', 'all'],
    ['a 404', answering('404 Not Found', 'x'), 'error', undefined],
    ['a 500', answering('500 Oh', 'x'), 'error', 'error'],
    ['a 503', answering('503 Later', 'x'), 'all', 'error'],
    ['an error', failing, 'error', 'error'],
    ['a stream that fails', cut, 'error', 'error'],
    ['a slow response', slow, 'error', undefined],
    ['a slow response', slow, 'slow', 'slow'],
  ])('%s, with %s %s', async (_what, application, when, why) => {
    expect((await recordOf(application, { when }))?.why).toBe(why)
  })

  it('keeps request, response and log of it', async () => {
    const record = await recordOf(echo, { method: 'POST', target: '/a?b=c', body: 'hällo' })
    expect(record).toMatchObject({
      environ: { REQUEST_METHOD: 'POST', PATH_INFO: '/a', QUERY_STRING: 'b=c', 'wsgi.url_scheme': 'http' },
      body: { encoding: 'utf8', data: 'hällo', size: 6 },
      response: { status: '500 Internal Server Error' },
    })
    expect(record?.log).toContain('hällo')
    expect((await recordOf(failing))?.response.failure).toBe('TypeError: broken')
    expect((await recordOf(cut))?.response).toMatchObject({ failure: 'Error: no more', body: { data: 'half' } })
  })

  it('keeps the beginning of a long body, and how long it was', async () => {
    const record = await recordOf(answering('200 OK', 'x'.repeat(100_000)))
    expect(record?.response.body).toMatchObject({ size: 100_000, data: 'x'.repeat(65_536) })
  })
})

describe('a secret', () => {
  const secret = fc
    .string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 30 })
    .filter((text) => /^[!-~]+$/.test(text))
  const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_~'), minLength: 6, maxLength: 40 })
  const NAMES = ['password', 'user_pass', 'accessToken', 'api-key', 'client_secret', 'sessionId', 'code', 'signature']

  const spellings = (text: string) => [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]
  const expectNone = (files: readonly string[], text: string) => {
    expect(files).toHaveLength(1)
    for (const spelling of spellings(text)) expect(files[0]).not.toContain(JSON.stringify(spelling).slice(1, -1))
  }

  it.each<[string, (name: string, value: string) => Asked]>([
    ['a header', (name, value) => ({ headers: [[`X-${name.replaceAll('_', '-')}`, value]] })],
    ['a bearer', (_name, value) => ({ headers: [['Authorization', `Bearer ${value}`]] })],
    ['a cookie', (name, value) => ({ headers: [['Cookie', `a=b; ${name}=${value}`]] })],
    ['the query', (name, value) => ({ target: `/x?a=b&${name}=${value}` })],
    ['a referer', (name, value) => ({ headers: [['Referer', `http://a/?${name}=${value}`]] })],
  ])('in %s is in no file, whatever echoes it', async (_where, asked) => {
    await fc.assert(
      fc.asyncProperty(token, fc.constantFrom(...NAMES.filter((name) => name !== 'code')), async (value, name) => {
        expectNone(await filesOf(echo, asked(name, value)), value)
      }),
      { numRuns: 40 },
    )
  })

  it.each<[string, (name: string, value: string) => Asked]>([
    ['a form', (name, value) => form('application/x-www-form-urlencoded', `a=b&${name}=${encodeURIComponent(value)}`)],
    ['JSON', (name, value) => form('application/json', JSON.stringify({ a: [{ [name]: value }] }))],
    ['JSON that is cut', (name, value) => form('application/json', JSON.stringify({ [name]: value }).slice(0, -1))],
    [
      'a multipart form',
      (name, value) =>
        form(
          'multipart/form-data; boundary=b',
          `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--`,
        ),
    ],
  ])('in %s is in no file, whatever echoes it', async (_where, asked) => {
    await fc.assert(
      fc.asyncProperty(secret, fc.constantFrom(...NAMES), async (value, name) => {
        expectNone(await filesOf(echo, asked(name, value)), value)
      }),
      { numRuns: 60 },
    )
  })

  it('that a password of Basic authentication is, is in no file', async () => {
    const headers: HeaderList = [['Authorization', `Basic ${Buffer.from('ada:lovelace').toString('base64')}`]]
    const login: Application = (environ, startResponse) => {
      environ['wsgi.errors'].write('lovelace signed in')
      return echo(environ, startResponse)
    }
    expectNone(await filesOf(login, { headers }), 'lovelace')
  })

  it('is not in a file by its beginning, where the body was cut in it', async () => {
    const body = `${'x'.repeat(65_530)}my-long-secret`
    const files = await filesOf(answering('500 Oh', body), { headers: [['X-Token', 'my-long-secret']] })
    expect(files[0]).not.toContain('my-lo')
  })

  it('is masked where it stands under its name, however short it is', async () => {
    const record = await recordOf(echo, { target: '/?pass=ab&a=b', ...form('application/json', '{"pass":7}') })
    expect(record?.environ.QUERY_STRING).toBe('pass=[masked]&a=b')
    expect(record?.body.data).toBe('{"pass":"[masked]"}')
  })
})

function form(type: string, body: string): Asked {
  return { method: 'POST', headers: [['Content-Type', type]], body }
}
