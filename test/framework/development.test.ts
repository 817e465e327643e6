import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { Application, badRequest, get } from '@tsgi/framework'
import { developmentPage } from '@tsgi/framework/development'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

const HTML = { accept: 'text/html' }

function failing(error: () => unknown, options = {}) {
  const routes = [
    get('/users/:id', () => {
      throw error()
    }),
  ]
  return validate(new Application(routes, { errorPage: developmentPage(options) }))
}

afterEach(() => {
  vi.unstubAllEnvs()
})

beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'development')
})

describe('the development page', () => {
  let application: ReturnType<typeof failing>
  beforeEach(() => {
    application = failing(() => new TypeError('<b>no</b> notes', { cause: new Error('the disk') }))
  })

  it('shows the error, its cause, the route and the id that is in the log', async () => {
    const response = await call(application, '/users/7', { headers: HTML })
    expect([response.status, response.header('content-type')]).toEqual([500, 'text/html; charset=utf-8'])
    for (const text of [
      '&lt;b&gt;no&lt;/b&gt; notes',
      'Caused by Error: the disk',
      'routes[0] (GET &quot;/users/:id&quot;)',
    ]) {
      expect(response.text).toContain(text)
    }
    const id = /failed \(request ([^)]+)\)/.exec(response.errors)?.[1]
    expect(response.text).toContain(`<td>${id}</td>`)
    expect(response.text).not.toContain('<b>')
  })

  it('shows the source around the place, the line marked', async () => {
    const response = await call(application, '/users/7', { headers: HTML })
    expect(response.text).toMatch(/<mark> +\d+ {2}.*new TypeError\(&#39;&lt;b&gt;no/)
  })

  it('shows the source of any module, a few lines of it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tsgi-development-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const lines = [
      '// far away',
      ...Array.from({ length: 9 }, (_, i) => `// line ${i + 2}`),
      'export const fail = () => { throw new Error("here") }',
    ]
    await writeFile(join(folder, 'fails.mjs'), lines.join('\n'))
    const { fail } = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'fails.mjs')).href)
    const page = validate(new Application([get('/', fail)], { errorPage: developmentPage({ context: 2 }) }))
    const { text } = await call(page, '/', { headers: HTML })
    expect(text).toContain('   11  export const fail')
    expect(text).toContain('    9  // line 9')
    expect(text).not.toContain('// line 8')
  })

  it('has no script, and a policy under which its style alone applies', async () => {
    const response = await call(application, '/users/7', { headers: HTML })
    expect(response.text).not.toMatch(/<script|\son\w+=|style="/)
    expect(response.header('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*';/)
    expect(response.header('cache-control')).toBe('no-store')
  })

  it('masks secrets in the environ, by their names', async () => {
    const headers = {
      accept: 'text/html',
      authorization: 'Basic c2VzYW1l',
      cookie: 'sid=sesame1',
      'x-api-key': 'sesame2',
      'x-csrf-token': 'sesame3',
      referer: 'http://h/?reset_token=sesame4&a=b',
      'x-auth': 'sesame6',
      'x-plain': '<i>plain</i>',
    }
    const { text } = await call(application, '/users/7?password=sesame5&auth=sesame7&pwd=sesame8&page=2', { headers })
    expect(text).not.toMatch(/sesame|c2VzYW1l/)
    expect(text).toContain('page=2')
    expect(text).toContain('&lt;i&gt;plain&lt;/i&gt;')
    expect(text).toContain('HTTP_X_API_KEY</th><td>[masked]')
  })

  it('does not make the signal by looking at it', async () => {
    const { text } = await call(application, '/users/7', { headers: HTML })
    expect(text).toContain('wsgi.input</th><td>(object)')
  })

  it.each([
    ['text', {}, 'text/plain; charset=utf-8'],
    ['a problem', { accept: 'application/json' }, 'application/problem+json'],
  ])('is %s for others', async (_, headers, type) => {
    const response = await call(application, '/users/7', { headers })
    expect(response.header('content-type')).toBe(type)
    for (const part of ['no</b> notes', 'the disk', 'development.test.ts', 'routes[0]'])
      expect(response.text).toContain(part)
  })

  it.each<[string, unknown]>([
    ['a string', 'sesame <b>'],
    ['undefined', undefined],
    ['an object', { toString: () => 'odd' }],
    ['an error without a stack', Object.assign(new Error('bare'), { stack: undefined })],
    ['an error with a stack of its own', Object.assign(new Error('own'), { stack: 'elsewhere' })],
  ])('shows %s that was thrown', async (_, thrown) => {
    const response = await call(
      failing(() => thrown),
      '/users/7',
      { headers: HTML },
    )
    expect(response.status).toBe(500)
    expect(response.text).toContain('</html>')
    expect(response.text).not.toContain('<b>')
  })

  it('reads no file that a message names, and none that is no source', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tsgi-development-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    for (const name of ['secret.ts', 'passwd']) {
      await writeFile(join(folder, name), ['open', 'up'].join(' '))
      const message = `x\n    at f (${join(folder, name)}:1:1)`
      const { text } = await call(
        failing(() => new Error(message)),
        '/users/7',
        { headers: HTML },
      )
      expect(text).not.toContain(['open', 'up'].join(' '))
    }
  })

  it('leaves errors that are answers to the application', async () => {
    const page = validate(new Application([get('/', () => badRequest('Which?'))], { errorPage: developmentPage() }))
    expect((await call(page, '/')).text).toBe('Which?\n')
  })
})

describe('outside of development', () => {
  it.each([
    ['by NODE_ENV', {}, 'production'],
    ['by a NODE_ENV that nobody has set', {}, undefined],
    ['by its option', { enabled: false }, 'development'],
  ])('there is no such page: %s', async (_, options, environment) => {
    vi.stubEnv('NODE_ENV', environment)
    const response = await call(
      failing(() => new Error('sesame'), options),
      '/users/7',
      { headers: HTML },
    )
    const id = /failed \(request ([^)]+)\)/.exec(response.errors)?.[1]
    expect(response.text).toContain(`<p>Request <code>${id}</code></p>`)
    expect(response.text).not.toMatch(/sesame|Environ|routes\[0\]/)
  })
})
