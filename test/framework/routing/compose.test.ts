import { type Application as ContractApplication, type Environ, type Middleware, validate } from '@tsgi/contract'
import { type CallOptions, call } from '@tsgi/contract/testing'
import {
  Application,
  cascade,
  forbidden,
  get,
  group,
  HttpError,
  host,
  mount,
  notFound,
  post,
  type RouteEntry,
  text,
} from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { accessLog, compress, requestId } from '@tsgi/framework/middleware'
import { request } from '@tsgi/framework/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

/** Says in a header that it was there; between two validators, as every one of ours. */
const mark =
  (name: string): Middleware =>
  (application) =>
    validate((environ, startResponse) =>
      validate(application)(environ, (status, headers, error) =>
        startResponse(status, [...headers, ['X-Mark', name]], error),
      ),
    )

const failing =
  (error: unknown): Middleware =>
  () =>
  () => {
    throw error
  }

const ask = (application: ContractApplication, path: string, options: CallOptions = {}) =>
  call(validate(application), path, options)

/** Outermost first, as the list is written: what is outside adds last. */
const marksOf = async (application: ContractApplication, path: string, options: CallOptions = {}) =>
  (await ask(application, path, options)).headers
    .filter(([name]) => name === 'X-Mark')
    .map(([, value]) => value)
    .reverse()

describe('middleware of an application', () => {
  const application = new Application(
    [
      get('/', () => text('home')),
      get('/broken', () => {
        throw new Error('secret')
      }),
    ],
    { middleware: [mark('outer'), mark('inner')] },
  )

  it('is around all of it, outermost first, errors and automatic answers too', async () => {
    for (const [path, method] of [
      ['/', 'GET'],
      ['/broken', 'GET'],
      ['/missing', 'GET'],
      ['/', 'PUT'],
      ['/', 'OPTIONS'],
    ] as const) {
      expect(await marksOf(application, path, { method }), `${method} ${path}`).toEqual(['outer', 'inner'])
    }
  })

  it('leaves the table where it was, for urlFor and those who print it', () => {
    const named = new Application([get('/a/:id', { name: 'a' }, () => '')], { middleware: [requestId(), accessLog()] })
    expect(named.urlFor('a', { id: 1 })).toBe('/a/1')
    expect(named.routes).toHaveLength(1)
  })

  it('works with those of the framework', async () => {
    const long = new Application([get('/', () => text('a'.repeat(5000)))], { middleware: [requestId(), compress()] })
    const response = await ask(long, '/', { headers: { 'Accept-Encoding': 'gzip' } })
    expect(response.header('content-encoding')).toBe('gzip')
    expect(response.header('x-request-id')).toMatch(/^[-0-9a-f]{36}$/)
  })

  it('may fail: that is answered as any error', async () => {
    const refused = new Application([], {
      middleware: [failing(new HttpError(403, 'Not you'))],
      onError: (_, r) => r.path,
    })
    expect(await ask(refused, '/x')).toMatchObject({ status: 403, text: '/x' })
    const late: Middleware = () => async () => forbidden()
    expect(await ask(new Application([], { middleware: [late] }), '/')).toMatchObject({ status: 403 })
    const broken = await ask(new Application([], { middleware: [failing(new Error('secret'))] }), '/')
    expect(broken).toMatchObject({ status: 500, errors: expect.stringContaining('Error: secret') })
    expect(broken.text).not.toContain('secret')
  })
})

describe('middleware of a group', () => {
  const seen: Pick<Environ, 'SCRIPT_NAME' | 'PATH_INFO'>[] = []
  const watch: Middleware = (application) => (environ, startResponse) => {
    seen.push({ SCRIPT_NAME: environ.SCRIPT_NAME, PATH_INFO: environ.PATH_INFO })
    return application({ ...environ }, startResponse)
  }
  const bare: ContractApplication = ({ SCRIPT_NAME, PATH_INFO }, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return `${SCRIPT_NAME}|${PATH_INFO}`
  }
  const entries: readonly RouteEntry[] = [
    get('/', () => text('home')),
    group('/admin', { middleware: [mark('admin'), watch] }, [
      get('/users/:id', ({ params }) => text(params.id)),
      post('/users', async ({ body }) => text(await body.text())),
      get('/broken', async () => {
        throw new Error('secret')
      }),
      get('/none', () => new HttpError(404)),
      ['/bare', bare],
      mount('/app', bare),
      group('/deep', { middleware: [mark('deep')] }, [get('', () => text('deep'))]),
    ]),
  ]
  const application = new Application(entries)

  it('is around its entries, and those of groups inside are inside', async () => {
    expect(await marksOf(application, '/')).toEqual([])
    expect(await marksOf(application, '/admin/users/7')).toEqual(['admin'])
    expect(await marksOf(application, '/admin/deep')).toEqual(['admin', 'deep'])
    expect(await marksOf(application, '/admin/bare')).toEqual(['admin'])
  })

  it('gives its views their parameters and their body, through an environ that was copied', async () => {
    expect((await ask(application, '/admin/users/7')).text).toBe('7')
    expect((await ask(application, '/admin/users', { method: 'POST', body: 'new' })).text).toBe('new')
  })

  it('sees what goes wrong inside as an answer', async () => {
    expect(await marksOf(application, '/admin/broken')).toEqual(['admin'])
    expect(await marksOf(application, '/admin/none')).toEqual(['admin'])
    const broken = await ask(application, '/admin/broken')
    expect(broken).toMatchObject({ status: 500, errors: expect.stringMatching(/^GET \/admin\/broken failed/) })
    expect(broken.errors.match(/Error: secret/g)).toHaveLength(1)
  })

  it('sees nothing of a request that no entry is there for', async () => {
    expect(await marksOf(application, '/admin/missing')).toEqual([])
    expect(await marksOf(application, '/admin/users', { method: 'PUT' })).toEqual([])
  })

  it('sees a request to what is mounted as that does', async () => {
    seen.length = 0
    expect((await ask(application, '/admin/app/x%20y')).text).toBe('/admin/app|/x y')
    expect(seen).toEqual([{ SCRIPT_NAME: '/admin/app', PATH_INFO: '/x y' }])
  })

  it('may answer in place of its entries, or fail', async () => {
    const login: Middleware = () => () => forbidden('Log in first')
    const closed = new Application([group('/a', { middleware: [login] }, [get('', () => text('secret'))])])
    expect(await ask(closed, '/a')).toMatchObject({ status: 403, text: 'Log in first\n' })
  })
})

describe('is refused at construction', () => {
  // As from JavaScript, where nothing else says so.
  const wrong = (value: unknown) => value as readonly Middleware[]
  it.each([
    ['what is no list', wrong(requestId()), /middleware is function, not a list/],
    ['what is no function', wrong([requestId(), 1]), /middleware\[1\] is number, not a function/],
  ])('%s', (_, middleware, message) => {
    expect(() => new Application([], { middleware })).toThrow(message)
    expect(() => new Application([group('/a', { middleware }, [])])).toThrow(message)
  })

  it('a middleware that gives no application', () => {
    const middleware = wrong([() => 'x'])
    expect(() => new Application([], { middleware })).toThrow('options: middleware[0] gave string, not an application')
    expect(() => new Application([group('/a', { middleware }, [get('', () => '')])])).toThrow(
      'routes[0][0] (GET "/a"): middleware[0] gave string, not an application',
    )
  })
})

describe('middleware of a route', () => {
  const log: string[] = []
  const layer =
    (name: string): Middleware =>
    (inner) =>
    (environ, startResponse) => {
      log.push(`${name} ${environ['tsgi.route']}`)
      return inner(environ, startResponse)
    }
  const refuse: Middleware = () => (_, startResponse) => {
    startResponse('401 Unauthorized', [['Content-Type', 'text/plain']])
    return 'sign in'
  }
  const application = new Application(
    [
      get('/plain', () => 'plain'),
      get('/one', { middleware: [layer('a'), layer('b')] }, () => 'one'),
      group('/g', { middleware: [layer('group')] }, [
        get(
          '/:id',
          { params: z.object({ id: int }), middleware: [layer('route')] },
          ({ params }) => `${params.id + 1}`,
        ),
      ]),
      post('/guarded', { body: z.object({ a: z.string() }), middleware: [refuse] }, () => 'never'),
      get('/broken', { middleware: [layer('outside')] }, () => {
        throw new Error('x')
      }),
    ],
    { middleware: [layer('application')] },
  )

  it.each([
    ['/plain', 'plain', ['application undefined']],
    ['/one', 'one', ['application undefined', 'a /one', 'b /one']],
    ['/g/7', '8', ['application undefined', 'group /g/:id', 'route /g/:id']],
  ])('is around %s alone, inside those of its group', async (path, text, layers) => {
    log.length = 0
    expect((await request(application).get(path)).text).toBe(text)
    expect(log).toEqual(layers)
  })

  it('sees a request before its schemas, so a guard comes before 422', async () => {
    expect((await request(application).post('/guarded').json({})).status).toBe(401)
  })

  it('sees the response to an error of the view', async () => {
    log.length = 0
    expect((await request(application).get('/broken')).status).toBe(500)
    expect(log).toEqual(['application undefined', 'outside /broken'])
  })

  it.each([
    [{}, 'its middleware is object, not a list'],
    [['x'], 'its middleware[0] is string, not a function'],
  ])('%j is refused', (middleware, message) => {
    expect(() => new Application([get('/', { middleware: middleware as [] }, () => '')])).toThrow(message)
  })
})

describe('tsgi.route', () => {
  const shown: ContractApplication = (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return `callable ${environ['tsgi.route']}`
  }
  const show = ({ environ }: { environ: Environ }) => String(environ['tsgi.route'])
  const inner = new Application([get('/', show), get('/users/:id{/:tab}', show), group('/g', [get('/*rest', show)])])
  const application = new Application(
    [
      get('/', show),
      mount('/in/:tenant', new Application([mount('/deep', inner)])),
      host('localhost', [get('/here', show)]),
      ['/bare/:x', shown],
      mount('/other', shown),
    ],
    { notFound: (request) => show(request), middleware: [(wrapped) => wrapped] },
  )
  it.each([
    ['/', '/'],
    ['/in/a/deep/', '/in/:tenant/deep/'],
    ['/in/a/deep/users/7', '/in/:tenant/deep/users/:id{/:tab}'],
    ['/in/a/deep/g/x/y', '/in/:tenant/deep/g/*rest'],
    ['/here', '/here'],
    ['/bare/1', 'callable /bare/:x'],
    ['/other/x', 'callable /other'],
    ['/nowhere', 'undefined'],
  ])('of %s is %s', async (path, route) => {
    expect((await request(application).get(path)).text).toBe(route)
  })

  it('is that of the application that has the path, in a cascade', async () => {
    const missing = new Application([get('/:a/:b', () => notFound())])
    const both = cascade(missing, new Application([get('/x/:c', show)]))
    expect((await request(both).get('/x/y')).text).toBe('/x/:c')
  })
})
