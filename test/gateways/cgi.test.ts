/** The CGI gateway: variables as web servers set them, and a real process. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { type Application, type Environ, validate } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import { runCgi } from '../../packages/gateways/src/cgi.ts'
import { folderWith, ROOT } from '../support/command.ts'

interface Run {
  readonly out: string
  readonly log: string
}

async function run(
  application: Application,
  env: Readonly<Record<string, string>>,
  body: readonly string[] = [],
): Promise<Run> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const stdin = Readable.from(body.map((text) => Buffer.from(text)))
  await runCgi(application, { env, stdin, stdout, stderr })
  return { out: textOf(stdout), log: textOf(stderr) }
}

/** Everything that a stream holds; one `read()` may give the first chunk only. */
function textOf(stream: PassThrough): string {
  const chunks: Buffer[] = []
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function environOf(
  env: Readonly<Record<string, string>>,
  body: readonly string[] = [],
): Promise<Environ & { readonly body: string }> {
  const seen: (Environ & { readonly body: string })[] = []
  const application: Application = async (environ, startResponse) => {
    seen.push({ ...environ, body: new TextDecoder().decode(await environ['wsgi.input'].read()) })
    startResponse('204 No Content', [])
    return ''
  }
  await run(validate(application, { strict: true }), env, body)
  const [environ] = seen
  if (environ === undefined) throw new Error('the application was not called')
  return environ
}

const APACHE = {
  REQUEST_METHOD: 'GET',
  REQUEST_URI: '/cgi/app/caf%C3%A9/a%2Fb?q=1',
  SCRIPT_NAME: '/cgi/app',
  PATH_INFO: '/café/a/b',
  QUERY_STRING: 'q=1',
  SERVER_NAME: 'example.org',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
  REMOTE_ADDR: '192.0.2.7',
  REMOTE_PORT: '5',
  HTTP_HOST: 'example.org',
  HTTP_X_Y: '1',
  HTTP_PROXY: 'http://evil/',
  CONTENT_LENGTH: '',
  SERVER_ADMIN: 'root@example.org',
}

describe('the environ', () => {
  it('has no blanks around a value, and no field of the connection', async () => {
    const environ = await environOf({ ...APACHE, HTTP_X_BLANK: '\ta b \t', HTTP_TE: 'trailers', HTTP_UPGRADE: 'x' })
    expect([environ.HTTP_X_BLANK, environ.HTTP_TE, environ.HTTP_UPGRADE]).toEqual(['a b', undefined, undefined])
  })

  it('is made of the raw target, with the program as SCRIPT_NAME', async () => {
    const environ = await environOf(APACHE)
    expect(environ).toMatchObject({
      SCRIPT_NAME: '/cgi/app',
      PATH_INFO: '/café/a/b',
      REQUEST_URI: APACHE.REQUEST_URI,
      QUERY_STRING: 'q=1',
      HTTP_X_Y: '1',
      REMOTE_ADDR: '192.0.2.7',
      'wsgi.run_once': true,
      'wsgi.url_scheme': 'http',
    })
    expect(['HTTP_PROXY', 'CONTENT_LENGTH', 'SERVER_ADMIN'].filter((key) => key in environ)).toEqual([])
  })

  it('is rebuilt where there is no raw target', async () => {
    const { REQUEST_URI: _, ...env } = APACHE
    expect(await environOf({ ...env, HTTPS: 'on' })).toMatchObject({
      SCRIPT_NAME: '/cgi/app',
      REQUEST_URI: '/cgi/app/caf%C3%A9/a/b?q=1',
      'wsgi.url_scheme': 'https',
    })
  })

  it.each([
    ['by its length', { CONTENT_LENGTH: '3' }, ['ab', 'cde'], 'abc'],
    ['to the end of the input where chunks were decoded', { HTTP_TRANSFER_ENCODING: 'chunked' }, ['ab', 'c'], 'abc'],
    ['not at all without a length', {}, ['abc'], ''],
  ])('reads a body %s', async (_name, more, sent, expected) => {
    expect((await environOf({ ...APACHE, REQUEST_METHOD: 'POST', ...more }, sent)).body).toBe(expected)
  })
})

it('writes a Status line, headers and the body', async () => {
  const { out } = await run((_environ, startResponse) => {
    startResponse('201 Made', [
      ['Content-Type', 'text/plain'],
      ['Set-Cookie', 'a=1'],
    ])
    return 'é'
  }, APACHE)
  expect(out).toBe('Status: 201 Made\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n\r\né')
})

it('answers 500 for a failure, and 400 for a body that is cut', async () => {
  const failed = await run(() => Promise.reject(new Error('secret')), APACHE)
  expect(failed.out).toMatch(/^Status: 500 /)
  expect(failed.out).not.toContain('secret')
  expect(failed.log).toContain('secret')
  const reading: Application = async ({ 'wsgi.input': input }) => input.read()
  expect((await run(reading, { ...APACHE, REQUEST_METHOD: 'POST', CONTENT_LENGTH: '9' }, ['abc'])).out).toMatch(
    /^Status: 400 /,
  )
})

it('is a program', () => {
  const gateway = JSON.stringify(join(ROOT, 'packages/gateways/src/cgi.ts'))
  const folder = folderWith({
    'app.mts': `import { runCgi } from ${gateway}
await runCgi(async (environ, startResponse) => {
  environ['tsgi.after_response']?.(() => console.error('after'))
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'x'.repeat(300_000) + new TextDecoder().decode(await environ['wsgi.input'].read())
})\n`,
  })
  const env = { ...APACHE, REQUEST_METHOD: 'POST', CONTENT_LENGTH: '3', PATH: process.env.PATH }
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'app.mts')], {
    env,
    input: 'abc',
    encoding: 'latin1',
  })
  expect([stdout.split('\r\n')[0], stdout.length > 300_000, stdout.slice(-4), stderr.trim(), status]).toEqual([
    'Status: 200 OK',
    true,
    'xabc',
    'after',
    0,
  ])
})
