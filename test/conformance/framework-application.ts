/** The graduation site's kind of application: a URL list with everything the framework's core has, and a static folder. */
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Application as ContractApplication } from '@tsgi/contract'
import {
  Application,
  badRequest,
  forbidden,
  get,
  html,
  json,
  mount,
  notFound,
  post,
  put,
  Response,
  redirect,
  text,
} from '@tsgi/framework'

const bare: ContractApplication = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return `bare ${environ.SCRIPT_NAME}|${environ.PATH_INFO}`
}

export function frameworkApplication(staticFolder: string): ContractApplication {
  return new Application(
    [
      get('/', () => html('<h1>Graduation ñ</h1>')),
      ['/mytime', bare],
      get('/news/:id', ({ params }) => json({ id: params.id })),
      get('/files/*path', ({ params }) => json(params.path)),
      post('/news', async ({ body }) => json({ created: await body.json() }, 201)),
      put(
        '/upload',
        async ({ body }) => new Response(await body.bytes(), 200, [['Content-Type', 'application/octet-stream']]),
      ),
      get('/plain', () => 'just text'),
      get('/data', () => ({ plain: 'data', list: [1, 2] })),
      get('/query', ({ url }) => text([...url.searchParams].map((pair) => pair.join('=')).join('&'))),
      get('/old', () => redirect('/news/1')),
      get('/moved', () => redirect('/news/ñ?a=b', 301)),
      get('/cookies', ({ header }) =>
        text(String(header === undefined), 200, [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ]),
      ),
      get('/stream', () => new Response(letters(), 200, [['Content-Type', 'text/plain']])),
      get('/nothing', () => new Response('', 204)),
      get('/missing', () => notFound()),
      get('/forbidden', () => forbidden()),
      get('/bad', () => badRequest('say it better')),
      get('/broken', () => {
        throw new Error('secret')
      }),
      get('/broken-later', async () => {
        throw new Error('secret')
      }),
      mount('/mounted', bare),
    ],
    { static: staticFolder },
  )
}

async function* letters() {
  yield* ['a', 'b', 'c']
}

/** A folder whose files have a fixed time, so that their tags are the same for all. */
export async function makeStaticFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tsgi-conformance-'))
  const files = {
    'index.html': '<p>static ñ</p>',
    'style.css': 'p { color: green }',
    'data.bin': '0123456789',
    '.secret': 'no',
  }
  const time = new Date('2026-01-02T03:04:05Z')
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(path, name), content)
    await utimes(join(path, name), time, time)
  }
  return { path, remove: () => rm(path, { recursive: true }) }
}
