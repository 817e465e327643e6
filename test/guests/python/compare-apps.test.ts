/**
 * The larger examples answer as on their home server, sessions and sign-in included: each request to ours and to
 * gunicorn, which share one folder or database. What is random in both (session ids, CSRF tokens) is masked.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Guest, type RawAnswer, type Running, startGunicorn, startTsgi } from './compared-servers.ts'
import { findPython, skipReason } from './python-server.ts'
import { type Case, get, post, postChunks, shown, withMethod } from './raw-requests.ts'

const EXAMPLES = new URL('../../../examples', import.meta.url).pathname
const FORM = 'application/x-www-form-urlencoded'

interface Part {
  readonly name: string
  readonly filename?: string
  readonly content: string
}

function upload(target: string, parts: readonly Part[]): Case {
  const body = parts.map(({ name, filename, content }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: text/plain`
    return `--edge\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`
  })
  return post(target, 'multipart/form-data; boundary=edge', `${body.join('')}--edge--\r\n`)
}

const NOTES: readonly Case[] = [
  get('/'),
  get('/?a=b'),
  get('/', 'Cookie: session=forged'),
  get('/', 'Cookie: session=; other=1'),
  get('/', 'SESSION'),
  get('/', 'SESSION', 'Accept-Encoding: gzip'),
  get('//'),
  get('/nowhere'),
  get('/notes'),
  get('/notes/'),
  get('/files'),
  get('/files/'),
  get('/files/none.txt'),
  get('/files/../app.py'),
  get('/files/%2e%2e%2fapp.py'),
  get('/files/%2Fetc%2Fpasswd'),
  get('/files/caf%C3%A9'),
  get('/files/%FF'),
  withMethod('HEAD', '/'),
  withMethod('HEAD', '/nowhere'),
  withMethod('HEAD', '/notes'),
  withMethod('OPTIONS', '/'),
  withMethod('OPTIONS', '/notes'),
  withMethod('OPTIONS', '/files/x'),
  withMethod('DELETE', '/'),
  withMethod('PUT', '/notes'),
  post('/notes', FORM, 'text=first'),
  post('/notes', FORM, 'text=d%C3%A9j%C3%A0+vu'),
  post('/notes', FORM, 'text=%3Cb%3E&text=second'),
  post('/notes', FORM, 'text='),
  post('/notes', FORM, ''),
  post('/notes', 'text/plain', 'text=plain'),
  post('/notes', FORM, `text=${'n'.repeat(1000)}`),
  postChunks('/notes', 'text=', 'none'),
  upload('/notes', [{ name: 'text', content: 'by multipart' }]),
  upload('/files', [{ name: 'file', filename: 'a.txt', content: '0123456789' }]),
  upload('/files', [{ name: 'file', filename: '../../b c.txt', content: 'b'.repeat(70_000) }]),
  upload('/files', [{ name: 'file', filename: 'big.bin', content: 'c'.repeat(1_000_000) }]),
  upload('/files', [{ name: 'file', filename: '', content: '' }]),
  upload('/files', [{ name: 'other', content: 'no file' }]),
  post('/files', 'multipart/form-data', 'no boundary'),
  post('/files', 'multipart/form-data; boundary=edge', '--edge\r\ncut'),
  get('/', 'SESSION', 'X-After: uploads'),
  get('/files/a.txt'),
  get('/files/big.bin'),
  withMethod('HEAD', '/files/a.txt'),
  get('/files/a.txt', 'Range: bytes=2-4'),
  get('/files/a.txt', 'Range: bytes=-3'),
  get('/files/a.txt', 'Range: bytes=99-'),
  get('/files/a.txt', 'If-Modified-Since: Fri, 31 Dec 2100 00:00:00 GMT'),
  get('/files/a.txt', 'If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT'),
  get('/files/a.txt', 'If-None-Match: "another"'),
]

/** Django takes a token that equals its cookie: nobody but the visitor knows either. */
const TOKEN = 'a'.repeat(64)
const CSRF = `Cookie: csrftoken=${TOKEN}`

function signIn(password: string, ...headers: string[]): Case {
  const body = `username=librarian&password=${password}&csrfmiddlewaretoken=${TOKEN}&next=/admin/`
  const { request } = withMethod(
    'POST',
    '/admin/login/',
    `Content-Type: ${FORM}`,
    `Content-Length: ${body.length}`,
    ...headers,
  )
  return { title: `POST /admin/login/ ${password} ${headers.join(' | ')}`, request: request + body }
}

const LIBRARY: readonly Case[] = [
  get('/'),
  get('/?a=b'),
  get('//'),
  get('/nowhere'),
  get('/admin'),
  get('/admin/'),
  get('/admin/library/book/'),
  get('/admin/nowhere/'),
  get('/admin/login/'),
  get('/admin/login/?next=/admin/library/'),
  get('/admin/login/', CSRF),
  get('/admin/login/', 'Accept-Language: de'),
  get('/admin/logout/'),
  get('/admin/jsi18n/'),
  withMethod('HEAD', '/'),
  withMethod('HEAD', '/admin/'),
  withMethod('HEAD', '/admin/login/'),
  withMethod('OPTIONS', '/'),
  withMethod('DELETE', '/admin/'),
  signIn('correct'),
  signIn('wrong', CSRF),
  signIn('', CSRF),
  signIn('wrong', `Cookie: csrftoken=${'b'.repeat(64)}`),
  signIn('correct', CSRF),
  post('/admin/login/', 'application/json', '{}'),
  post('/', FORM, 'a=b'),
  get('/admin/', 'SESSION'),
  get('/admin/login/', 'SESSION'),
  get('/admin/library/', 'SESSION'),
  get('/admin/library/book/', 'SESSION'),
  get('/admin/library/book/?o=1', 'SESSION'),
  get('/admin/library/book/?q=x', 'SESSION'),
  get('/admin/library/book/?p=7', 'SESSION'),
  get('/admin/library/book/?no_such=1', 'SESSION'),
  get('/admin/library/book/add/', 'SESSION'),
  get('/admin/library/book/999/change/', 'SESSION'),
  get('/admin/auth/user/', 'SESSION'),
  get('/admin/auth/user/add/', 'SESSION'),
  get('/admin/auth/user/1/change/', 'SESSION'),
  get('/admin/auth/group/', 'SESSION'),
  get('/admin/password_change/', 'SESSION'),
  get('/admin/', 'Cookie: sessionid=forged'),
  get('/static/admin/css/base.css'),
  get('/static/admin/css/nowhere.css'),
  get('/static/admin/css/base.css', 'If-Modified-Since: Fri, 31 Dec 2100 00:00:00 GMT'),
  get('/static/../manage.py'),
  withMethod('HEAD', '/static/admin/css/base.css'),
]

/** What no two answers have in common, whoever sends them. */
function masked(answer: RawAnswer): RawAnswer {
  const { status, headers, body } = shown(answer)
  return {
    status,
    headers: headers.map((field) =>
      field.replace(/(session|csrftoken|sessionid)=[^;]+|(expires)=[^;]+|^(expires): .*/g, '$1$2$3=…'),
    ),
    body: body.replace(/(name="csrfmiddlewaretoken" value=)"\w{64}"/g, '$1"…"'),
  }
}

/** Where it is not gunicorn's answer, and what it is instead; argued in docs/python.md. */
function expected({ title }: Case, theirs: RawAnswer): RawAnswer {
  // gunicorn sends what Django made for HEAD; there must be no content (RFC 9110 §9.3.2).
  if (title.startsWith('HEAD ') && theirs.body !== '') return { ...theirs, body: '' }
  // A page that is left to the server is in the server's words: Django's handler of static files raises before it answers.
  if (title === 'GET /static/../manage.py ') {
    return {
      ...theirs,
      headers: ['content-length: 22', 'content-type: text/plain; charset=utf-8'],
      body: 'Internal Server Error\n',
    }
  }
  return theirs
}

describe.each([
  {
    framework: 'flask',
    folder: 'flask-app',
    spec: 'app:create_app()',
    cases: NOTES,
    entry: post('/notes', FORM, 'text=kept'),
  },
  {
    framework: 'django',
    folder: 'django-app',
    spec: 'site_settings.wsgi:application',
    cases: LIBRARY,
    entry: signIn('correct', CSRF),
  },
])('examples/$folder beside gunicorn', ({ framework, folder, spec, cases, entry }) => {
  const python = findPython(framework, 'gunicorn')
  const reason = skipReason(framework, 'gunicorn')
  if (python === undefined) console.warn(reason)

  describe.skipIf(python === undefined)(
    `answers ${cases.length} requests alike${python === undefined ? ` — ${reason}` : ''}`,
    () => {
      let data: string
      let session: string
      let ours: Running
      let theirs: Running

      beforeAll(async () => {
        data = mkdtempSync(join(tmpdir(), 'tsgi-compare-'))
        const env = {
          PYTHONHASHSEED: '0',
          DATABASE: join(data, 'db.sqlite3'),
          UPLOAD_FOLDER: join(data, 'uploads'),
          DJANGO_SUPERUSER_PASSWORD: 'correct',
        }
        const guest: Guest = { spec, chdir: join(EXAMPLES, folder), python: python ?? '', env }
        if (framework === 'django') makeDatabase(guest)
        ;[ours, theirs] = await Promise.all([startTsgi(guest), startGunicorn(guest)])
        const { headers } = await ask(ours.port, entry.request)
        session =
          headers.map((field) => /session(id)?=[^;]+/.exec(field)?.[0]).find((found) => found !== undefined) ?? ''
      }, 60_000)

      afterAll(async () => {
        await Promise.all([ours?.stop(), theirs?.stop()])
        rmSync(data, { recursive: true, force: true })
      })

      it('has a session that ours began, and gunicorn goes on with', () => {
        expect(session).toMatch(/^session(id)?=./)
      })

      it.each(cases)('$title', async (one) => {
        const request = one.request.replace('\r\nSESSION', `\r\nCookie: ${session}`)
        // One after the other: both write to the same place.
        const our = await ask(ours.port, request)
        const their = await ask(theirs.port, request)
        expect(masked(our)).toEqual(expected(one, masked(their)))
      })
    },
  )
})

function makeDatabase({ python, chdir, env }: Guest): void {
  for (const args of [
    ['migrate', '--verbosity=0'],
    ['createsuperuser', '--noinput', '--username=librarian', '--email=a@example.test'],
  ]) {
    const { status, stderr } = spawnSync(python, ['manage.py', ...args], {
      cwd: chdir,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`manage.py ${args.join(' ')}: ${stderr}`)
  }
}
