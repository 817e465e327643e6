import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application as ContractApplication, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, type ApplicationOptions, fileResponse, get, HttpError, html, post } from '@tsgi/framework'
import { afterAll, describe, expect, it } from 'vitest'

const routes = [
  post('/', () => 'posted'),
  get('/fails', () => {
    throw new Error('sesame')
  }),
]

function ask(settings: ApplicationOptions, target: string, request = {}) {
  return call(validate(new Application(routes, settings)), target, request)
}

const callable: ContractApplication = (_, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return ['from a callable']
}

describe('the log of an error that nobody expected', () => {
  const logged = async (thrown: () => never) => (await call(validate(new Application([get('/', thrown)])), '/')).errors
  const thrower = (value: unknown) => () => {
    throw value
  }

  it.each<[string, unknown, string]>([
    ['nothing at all', undefined, 'undefined thrown: undefined'],
    ['an object, by its members', { status: 404, message: 'gone' }, 'object thrown: {"status":404,"message":"gone"}'],
    ['an object without a JSON form', { n: 1n }, 'object thrown, which has no JSON form'],
    ['each of several errors', new AggregateError([new Error('one'), new Error('two')]), 'caused by: Error: two'],
    ['text of any language', new Error('没有这个用户'), 'Error: 没有这个用户'],
    ['no control or format character', new Error('a\u001b[2Jb\u202ec'), 'Error: a\\u{1b}[2Jb\\u{202e}c'],
  ])('has %s', async (_, value, line) => {
    expect(await logged(thrower(value))).toContain(line)
  })
})

describe('a handler that leaves the answer to a contract application', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-errors-'))
  const page = join(folder, '404.html')
  writeFileSync(page, '<h1>Lost</h1>')
  afterAll(() => rmSync(folder, { recursive: true }))

  it('sends a file with the status of the error', async () => {
    const response = await ask({ notFound: () => fileResponse(page) }, '/nowhere')
    expect([response.status, response.text]).toEqual([404, '<h1>Lost</h1>'])
  })

  it.each([
    ['a range', { headers: { range: 'bytes=0-1' } }],
    ['a condition', { headers: { 'if-none-match': '*' } }],
    ['another condition', { headers: { 'if-match': '"x"' } }],
    ['another method', { method: 'DELETE' }],
  ])('sends it whole, whatever was asked: %s (RFC 9110 §13.2.1)', async (_, request) => {
    const response = await ask({ notFound: () => fileResponse(page) }, '/nowhere', request)
    expect([response.status, response.text]).toEqual([404, '<h1>Lost</h1>'])
  })

  it.each<[string, ApplicationOptions, string, number]>([
    ['onError for a 405, with its Allow', { onError: () => callable }, '/', 405],
    ['onError for a 500', { onError: async () => callable }, '/fails', 500],
    ['notFound later', { notFound: async () => callable }, '/nowhere', 404],
  ])('%s', async (_, settings, target, status) => {
    const response = await ask(settings, target)
    expect([response.status, response.text]).toEqual([status, 'from a callable'])
    if (status === 405) expect(response.header('allow')).toBe('POST, OPTIONS')
  })

  it('keeps a status that the application says itself', async () => {
    const teapot: ContractApplication = (_, startResponse) => {
      startResponse('418 Teapot', [])
      return ''
    }
    expect((await ask({ onError: () => teapot }, '/fails')).status).toBe(418)
  })

  it.each<[string, ContractApplication]>([
    [
      'throws',
      () => {
        throw new Error('again')
      },
    ],
    ['rejects', () => Promise.reject(new Error('again'))],
  ])('that fails is logged, and the plain page answers: it %s', async (_, application) => {
    const response = await ask({ notFound: () => application }, '/nowhere')
    expect([response.status, response.errors]).toEqual([404, expect.stringContaining('again')])
    expect(response.text).not.toContain('again')
  })
})

describe('a handler', () => {
  it('that throws what it was given answers it, without a second entry in the log', async () => {
    const rethrow = (error: unknown): never => {
      throw error
    }
    const response = await ask({ onError: rethrow }, '/fails')
    expect(response.status).toBe(500)
    expect(response.errors.match(/failed/g)).toHaveLength(1)
  })

  it.each([
    ['/nowhere', 404],
    ['/fails', 500],
  ])('is told what the client may know of it: %s is %i', async (target, status) => {
    const response = await ask({ onError: (_, __, shown) => `${shown.status} ${shown.message}` }, target)
    expect([response.status, response.text.slice(0, 4)]).toEqual([status, `${status} `])
    expect(response.text).not.toContain('sesame')
  })

  it('may make another answer of an error', async () => {
    const onError = () => {
      throw new HttpError(503, 'Later', [['Retry-After', '5']])
    }
    const response = await ask({ onError }, '/fails')
    expect([response.status, response.text, response.header('retry-after')]).toEqual([
      503,
      expect.stringContaining('Later'),
      '5',
    ])
  })
})

describe('the id of a request', () => {
  it('is in the answer and in the log, where the error was not expected', async () => {
    const response = await ask({}, '/fails')
    const [, id] = /^GET \/fails failed \(request ([-0-9a-f]{36})\): Error: sesame/.exec(response.errors) ?? []
    expect(response.text).toBe(`500 Internal Server Error\nRequest ${id}\n`)
  })

  it('is the one that a middleware has given', async () => {
    const environ = { ...environFor('/fails', { headers: { accept: 'application/json' } }), 'tsgi.request_id': 'r-7' }
    const response = await call(validate(new Application(routes)), environ)
    expect(response.json()).toMatchObject({ status: 500, title: 'Internal Server Error', requestId: 'r-7' })
    expect(response.errors).toContain('(request r-7)')
  })

  it('that a careless middleware took from a client forges no line of the log, and no markup', async () => {
    const environ = { ...environFor('/fails', { headers: { accept: 'text/html' } }), 'tsgi.request_id': 'x\n<b>' }
    // Not under validate(), which refuses such an id.
    const response = await call(new Application(routes), environ)
    expect(response.text).toContain('x\n&lt;b&gt;')
    expect(response.errors).toContain('x\\u{a}<b>')
  })

  it('is not in an answer that was meant', async () => {
    expect((await ask({}, '/nowhere')).text).toBe('404 Not Found\n')
  })
})

describe('errorPage', () => {
  it('comes before onError, and leaves to it what it does not show', async () => {
    const onError = () => html('own')
    const shown = await ask({ onError, errorPage: ({ route }) => html(String(route)) }, '/fails')
    expect([shown.status, shown.text]).toEqual([500, 'routes[1] (GET "/fails")'])
    expect((await ask({ onError, errorPage: () => undefined }, '/fails')).text).toBe('own')
    expect((await ask({ onError, errorPage: async () => undefined }, '/fails')).text).toBe('own')
    expect((await ask({ onError, errorPage: () => html('shown') }, '/')).text).toBe('own')
  })
})
