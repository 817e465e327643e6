/** The guest's application as a list of `@tsgi/framework`. */
import type { Application as ContractApplication } from '@tsgi/contract'
import { Application, get, post, Response, type Route, redirect, text } from '@tsgi/framework'
import { BINARY, describeBody, log, sentCookies, wait } from './shared.ts'

const routes: Route[] = [
  get('/env', ({ environ }) => ({
    method: environ.REQUEST_METHOD,
    query: environ.QUERY_STRING,
    host: environ.HTTP_HOST ?? null,
    test: environ.HTTP_X_TEST ?? null,
    cookie: environ.HTTP_COOKIE ?? null,
  })),
  post('/body', async ({ body, environ }) => describeBody(await body.bytes(), environ.CONTENT_TYPE)),
  post('/unread', () => text('did not look')),
  get('/text', () => text('one ñ two')),
  get('/stream', () => new Response(pieces(), 200, [['Content-Type', 'text/plain; charset=utf-8']])),
  get('/binary', () => new Response(BINARY, 200, [['Content-Type', 'application/octet-stream']])),
  get('/teapot', () => text('short and stout', 418)),
  get('/nothing', () => new Response('', 204)),
  get('/cookies', () =>
    text(
      'cookies',
      200,
      sentCookies().map((value) => ['Set-Cookie', value] as const),
    ),
  ),
  get('/old', () => redirect('/text')),
  get('/fail', () => {
    throw new Error('secret')
  }),
  get('/cut', () => new Response(failing(), 200, [['Content-Type', 'text/plain']])),
  get('/endless', () => new Response(endless(), 200, [['Content-Type', 'text/plain']])),
  get('/log', () => log()),
]

async function* pieces() {
  yield 'a'
  await wait(1)
  yield 'bñ'
}

async function* failing() {
  yield 'begun'
  await wait(50)
  throw new Error('secret')
}

async function* endless() {
  try {
    for (let chunks = 0; chunks < 500; chunks++) {
      yield 'x'.repeat(1000)
      await wait(20)
    }
  } finally {
    log().left++
  }
}

export const application: ContractApplication = new Application(routes)
