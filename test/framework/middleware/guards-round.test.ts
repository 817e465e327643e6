/** The same guards round Express, Hono, Flask and a bare callable, each between two validators. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application, type Middleware, validate } from '@tsgi/contract'
import { type CallOptions, call } from '@tsgi/contract/testing'
import {
  allowIps,
  basicAuth,
  bearer,
  cors,
  crossOriginProtection,
  httpsRedirect,
  language,
  methodOverride,
  rateLimit,
  securityHeaders,
  serverTiming,
  timeout,
  trailingSlash,
  trustedHosts,
} from '@tsgi/framework/middleware'
import { sessions } from '@tsgi/framework/sessions'
import { fromFetchHandler, fromNodeHandler } from '@tsgi/server'
import { fromPythonWsgi } from '@tsgi/server/python'
import express from 'express'
import { Hono } from 'hono'
import { afterAll, describe, expect, it } from 'vitest'
import { findPython, skipReason } from '../../guests/python/python-server.ts'

/** Each answers GET with `hello`, and POST and DELETE with their method. */
const bare: Application = async (environ, startResponse) => {
  await environ['wsgi.input'].read()
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return environ.REQUEST_METHOD === 'GET' ? 'hello' : environ.REQUEST_METHOD
}

const site = express()
site.use(express.urlencoded())
site.get('/', (_request, response) => void response.type('text').send('hello'))
for (const method of ['post', 'delete'] as const)
  site[method]('/', (request, response) => void response.type('text').send(request.method))

const hono = new Hono()
  .get('/', (context) => context.text('hello'))
  .on(['POST', 'DELETE'], '/', (context) => context.text(context.req.method))

const FLASK = `
from flask import Flask, request
app = Flask(__name__)
@app.route('/', methods=['GET', 'POST', 'DELETE'])
def root():
    request.get_data()
    return 'hello' if request.method == 'GET' else request.method, 200, {'Content-Type': 'text/plain'}
`
const python = findPython()
if (python === undefined) console.warn(skipReason())

const folder = mkdtempSync(join(tmpdir(), 'tsgi-guards-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function flask() {
  writeFileSync(join(folder, 'flaskapp.py'), FLASK)
  return fromPythonWsgi('flaskapp:app', { python: python ?? '', chdir: folder })
}

const session = sessions({ keys: ['a key of thirty-two bytes or more'] })
/** Keeps a count in the session, for applications that know nothing of it. */
const counting: Middleware = (application) => (environ, startResponse) => {
  const { data } = session.get(environ)
  data.visits = Number(data.visits ?? 0) + 1
  return application(environ, startResponse)
}
const store = { take: async () => ({ isAllowed: false, remaining: 0, resetMs: 1000, retryMs: 1000 }) }
const form = {
  method: 'POST',
  body: '_method=DELETE',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
}

/** A guard, what is asked of it, and what comes. */
const CASES: ReadonlyArray<
  [
    what: string,
    guard: Middleware,
    asked: CallOptions,
    status: number,
    header: [string, unknown] | undefined,
    text?: string,
  ]
> = [
  [
    'cors',
    cors({ origins: ['https://a.b'] }),
    { headers: { Origin: 'https://a.b' } },
    200,
    ['Access-Control-Allow-Origin', 'https://a.b'],
    'hello',
  ],
  [
    'cors, a preflight',
    cors({ origins: ['https://a.b'] }),
    { method: 'OPTIONS', headers: { Origin: 'https://a.b', 'Access-Control-Request-Method': 'PUT' } },
    204,
    ['Access-Control-Allow-Methods', expect.stringContaining('PUT')],
  ],
  [
    'crossOriginProtection lets own forms pass',
    crossOriginProtection(),
    { ...form, headers: { ...form.headers, 'Sec-Fetch-Site': 'same-origin' } },
    200,
    undefined,
    'POST',
  ],
  [
    'crossOriginProtection refuses others',
    crossOriginProtection(),
    { ...form, headers: { ...form.headers, 'Sec-Fetch-Site': 'cross-site' } },
    403,
    undefined,
  ],
  ['securityHeaders', securityHeaders(), {}, 200, ['X-Content-Type-Options', 'nosniff'], 'hello'],
  ['trustedHosts', trustedHosts(['other.example']), {}, 400, undefined],
  ['allowIps', allowIps({ allow: ['192.0.2.0/24'] }), {}, 403, undefined],
  ['basicAuth', basicAuth({ users: { a: 'b' } }), {}, 401, ['WWW-Authenticate', expect.stringContaining('Basic')]],
  [
    'basicAuth lets a right name pass',
    basicAuth({ users: { a: 'b' } }),
    { headers: { Authorization: 'Basic YTpi' } },
    200,
    undefined,
    'hello',
  ],
  ['timeout', timeout(20_000), {}, 200, undefined, 'hello'],
  ['methodOverride', methodOverride(), form, 200, undefined, 'DELETE'],
  ['trailingSlash', trailingSlash('never'), {}, 200, undefined, 'hello'],
  ['httpsRedirect', httpsRedirect(), {}, 308, ['Location', expect.stringMatching(/^https:/)]],
  ['serverTiming', serverTiming(), {}, 200, ['Server-Timing', expect.stringContaining('total;dur=')], 'hello'],
  [
    'language',
    language({ supported: ['en', 'de'] }),
    { headers: { 'Accept-Language': 'de' } },
    200,
    ['Content-Language', 'de'],
    'hello',
  ],
  ['rateLimit', rateLimit({ limit: 1, window: '1m', store }), {}, 429, ['Retry-After', '1']],
  [
    'rateLimit by the server',
    rateLimit({ limit: 1, window: '1m' }),
    {},
    200,
    ['RateLimit', '"default";r=0;t=60'],
    'hello',
  ],
  [
    'bearer',
    bearer({ secret: 'a secret of thirty-two bytes or so', audience: 'notes' }),
    {},
    401,
    ['WWW-Authenticate', expect.stringContaining('Bearer')],
  ],
  [
    'sessions',
    (application) => session(counting(application)),
    {},
    200,
    ['Set-Cookie', expect.stringContaining('session=')],
    'hello',
  ],
]

const GUESTS: ReadonlyArray<[name: string, make: () => Application]> = [
  ['a bare callable', () => bare],
  ['Express', () => fromNodeHandler(site)],
  ['Hono', () => fromFetchHandler(hono.fetch)],
]

async function check(application: Application, [, guard, asked, status, header, text]: (typeof CASES)[number]) {
  const inner = validate(application)
  const response = await call(validate(guard(inner)), '/', asked)
  expect(response.status).toBe(status)
  if (header !== undefined) expect(response.header(header[0])).toEqual(header[1])
  if (text !== undefined) expect(response.text).toBe(text)
}

describe.each(GUESTS)('round %s', (_name, make) => {
  it.each(CASES)('%s', async (...row) => {
    await check(make(), row)
  })
})

describe.skipIf(python === undefined)(`round Flask${python === undefined ? ` — ${skipReason()}` : ''}`, () => {
  const application = python === undefined ? undefined : flask()
  afterAll(() => application?.close())

  it.each(CASES)('%s', async (...row) => {
    if (application !== undefined) await check(application, row)
  })
})
