import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application as ContractApplication, type Environ, validate } from '@tsgi/contract'
import { type CallOptions, call, environFor } from '@tsgi/contract/testing'
import {
  Application,
  type ApplicationOptions,
  get,
  group,
  HttpError,
  html,
  json,
  mount,
  notFound,
  options,
  post,
  Response,
  type RouteEntry,
  redirect,
  route,
  text,
} from '@tsgi/framework'
import { afterAll, describe, expect, it } from 'vitest'

/** Calls an application of these routes, with both sides of the contract checked. */
function ask(entries: readonly RouteEntry[], target: string, request: CallOptions = {}, settings?: ApplicationOptions) {
  return call(validate(new Application(entries, settings)), target, request)
}

/** All that a client learns of an error that nobody expected. */
const INTERNAL = /^500 Internal Server Error\nRequest [-0-9a-f]{36}\n$/

/** Shows what a callable was given. */
const echo: ContractApplication = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']])
  const { SCRIPT_NAME, PATH_INFO, REQUEST_URI, REQUEST_METHOD } = environ
  return JSON.stringify({ SCRIPT_NAME, PATH_INFO, REQUEST_URI, REQUEST_METHOD, args: environ['wsgiorg.routing_args'] })
}

describe('an Application', () => {
  it('is a function, an instance, and can be extended', async () => {
    class Greeter extends Application {
      readonly greeting = 'hi'
      constructor() {
        super([get('/', () => text('base'))])
      }
      greet() {
        return this.greeting
      }
    }
    const greeter = new Greeter()
    const asContract: ContractApplication = greeter
    expect(typeof asContract).toBe('function')
    expect(greeter).toBeInstanceOf(Greeter)
    expect(greeter).toBeInstanceOf(Application)
    expect(greeter.greet()).toBe('hi')
    expect(greeter.bind).toBe(Function.prototype.bind)
    expect((await call(validate(greeter), '/')).text).toBe('base')
  })

  it('lets a subclass wrap handle', async () => {
    class Locked extends Application {
      override handle(...[environ, startResponse]: Parameters<ContractApplication>) {
        if (environ.HTTP_AUTHORIZATION !== undefined) return super.handle(environ, startResponse)
        startResponse('401 Unauthorized', [['WWW-Authenticate', 'Basic']])
        return ''
      }
    }
    const locked = validate(new Locked([get('/', () => 'in')]))
    expect((await call(locked, '/')).status).toBe(401)
    expect((await call(locked, '/', { headers: { authorization: 'x' } })).text).toBe('in')
  })

  it('answers a synchronous view with a string and no promise', () => {
    const application = new Application([get('/', () => text('now'))])
    expect(application(environFor('/'), () => async () => {})).toBe('now')
  })

  it('tells its table as data, in order', () => {
    const application = new Application([
      get('/', { name: 'home' }, () => ''),
      group('/api', [post('/users', () => ''), mount('/old', echo)]),
      ['/bare', echo],
    ])
    const bare = { host: undefined, schemas: {} }
    expect(application.routes).toEqual([
      { place: 'routes[0]', kind: 'view', methods: ['GET'], pattern: '/', name: 'home', ...bare },
      { place: 'routes[1][0]', kind: 'view', methods: ['POST'], pattern: '/api/users', name: undefined, ...bare },
      { place: 'routes[1][1]', kind: 'mount', methods: undefined, pattern: '/api/old', name: undefined, ...bare },
      { place: 'routes[2]', kind: 'callable', methods: undefined, pattern: '/bare', name: undefined, ...bare },
    ])
  })
})

describe('what a view returns', () => {
  it.each<[string, RouteEntry, number, string | undefined, string]>([
    ['a string is HTML', get('/', () => '<p>'), 200, 'text/html; charset=utf-8', '<p>'],
    ['a promise of a string', get('/', async () => '<p>'), 200, 'text/html; charset=utf-8', '<p>'],
    ['data is JSON', get('/', () => ({ a: [1, null] })), 200, 'application/json', '{"a":[1,null]}'],
    ['null is JSON', get('/', () => null), 200, 'application/json', 'null'],
    ['a number is JSON', get('/', () => 0), 200, 'application/json', '0'],
    ['octets are octets', get('/', () => new Uint8Array([65])), 200, 'application/octet-stream', 'A'],
    ['text()', get('/', () => text('é')), 200, 'text/plain; charset=utf-8', 'é'],
    ['html() with a status', get('/', () => html('<p>', 202)), 202, 'text/html; charset=utf-8', '<p>'],
    ['json() with a status', get('/', () => json({ a: 1 }, 201)), 201, 'application/json', '{"a":1}'],
    ['a redirect', get('/', () => redirect('/é')), 302, undefined, ''],
    ['204 without a body or a type', get('/', () => text('x', 204)), 204, undefined, ''],
    [
      'a stream',
      get('/', () => new Response(['a', 'b'], 200, [['Content-Type', 'text/plain']])),
      200,
      'text/plain',
      'ab',
    ],
  ])('%s', async (_, entry, status, type, body) => {
    const response = await ask([entry], '/')
    expect([response.status, response.header('content-type'), response.text]).toEqual([status, type, body])
  })

  it('is an error if it is nothing, which the client does not see', async () => {
    // A view in JavaScript may forget its return; the types do not let it.
    const forgetful = get('/', () => undefined as unknown as string)
    const response = await ask([forgetful], '/')
    expect([response.status, response.text]).toEqual([500, expect.stringMatching(INTERNAL)])
    expect(response.errors).toContain('the view returned undefined')
  })
})

describe('a view that leaves the answer to a contract application', () => {
  it.each<[string, RouteEntry]>([
    ['at once', get('/x', () => echo)],
    ['later', get('/x', async () => echo)],
  ])('%s', async (_, entry) => {
    expect((await ask([entry], '/x')).json()).toMatchObject({ PATH_INFO: '/x' })
  })
})

describe('the static folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-static-'))
  writeFileSync(join(folder, 'a b.txt'), 'a file')
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is served under /static, before any route', async () => {
    const entries = [get('/:any/:thing', () => 'view')]
    expect((await ask(entries, '/static/a%20b.txt', {}, { static: folder })).text).toBe('a file')
    expect((await ask(entries, '/other/thing', {}, { static: { root: [folder], maxAge: 1 } })).text).toBe('view')
    expect((await ask(entries, '/static/thing', {}, { static: false })).text).toBe('view')
  })

  it('answers what is missing as the application does', async () => {
    const settings = { static: folder, notFound: () => 'Lost' }
    const response = await ask([], '/static/none.txt', {}, settings)
    expect([response.status, response.text]).toEqual([404, 'Lost'])
  })

  it('that does not exist is an error when the application is made', () => {
    expect(() => new Application([], { static: join(folder, 'none') })).toThrow(join(folder, 'none'))
  })

  it('makes a route below it unreachable', () => {
    expect(() => new Application([get('/static/own', () => '')], { static: folder })).toThrow(
      'routes[0] (GET "/static/own") is never reached: options.static (mount "/static") matches first',
    )
  })
})

describe('methods', () => {
  const entries = [
    get('/a', () => 'got'),
    post('/a', () => 'posted'),
    route(['PUT', 'PATCH'], '/b', ({ method }) => method),
  ]

  it('answers HEAD as GET, without the body (RFC 9110 §9.3.2)', async () => {
    const response = await ask(entries, '/a', { method: 'HEAD' })
    expect([response.status, response.text]).toEqual([200, ''])
  })

  it('answers OPTIONS with 204 and Allow (RFC 9110 §9.3.7)', async () => {
    const response = await ask(entries, '/a', { method: 'OPTIONS' })
    expect([response.status, response.header('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS'])
  })

  it('answers OPTIONS * with the methods of the whole table (RFC 9110 §9.3.7)', async () => {
    const response = await ask(entries, '*', { method: 'OPTIONS' })
    expect([response.status, response.header('allow')]).toEqual([204, 'GET, HEAD, POST, PUT, PATCH, OPTIONS'])
  })

  it('leaves OPTIONS to a route for it', async () => {
    const own = options('/a', () => text('mine'))
    expect((await ask([own, ...entries], '/a', { method: 'OPTIONS' })).text).toBe('mine')
  })

  it.each(['DELETE', 'BREW', 'QUERY'])(
    'answers %s with 405 and Allow where the path is known (RFC 9110 §15.5.6)',
    async (method) => {
      const response = await ask(entries, '/a', { method })
      expect([response.status, response.header('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
    },
  )

  it.each(['GET', 'BREW', 'OPTIONS', 'HEAD'])('answers %s with 404 where it is not', async (method) => {
    expect((await ask(entries, '/nowhere', { method })).status).toBe(404)
  })
})

describe('a bare entry', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'BREW'])('gets %s as it came, with its arguments', async (method) => {
    let seen: Environ | undefined
    const spy: ContractApplication = (environ, startResponse) => {
      seen = environ
      startResponse('204 No Content', [])
      return ''
    }
    await ask([['/a/:id/*rest', spy]], '/a/7/x/y%2Fz?q', { method })
    expect(seen).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '/a/7/x/y/z', REQUEST_METHOD: method, QUERY_STRING: 'q' })
    expect(seen?.['wsgiorg.routing_args']).toEqual([[], { id: '7', rest: ['x', 'y/z'] }])
  })
})

describe('a mount', () => {
  it.each([
    ['/admin', '/admin', ''],
    ['/admin/', '/admin', '/'],
    ['/admin/users', '/admin', '/users'],
    ['/admin//x/', '/admin', '//x/'],
    ['/admin/a%2Fb?x=%2F', '/admin', '/a/b'],
    ['/%61dmin/x', '/admin', '/x'],
    ['http://h/admin/x', '/admin', '/x'],
  ])(
    'at /admin gets of %s SCRIPT_NAME %j and PATH_INFO %j, and the target as it was',
    async (target, SCRIPT_NAME, PATH_INFO) => {
      const response = await ask([mount('/admin', echo)], target)
      expect(response.json()).toMatchObject({ SCRIPT_NAME, PATH_INFO, REQUEST_URI: target })
    },
  )

  it.each(['/administrator', '/Admin', '/x/admin'])('at /admin does not get %s', async (target) => {
    expect((await ask([mount('/admin', echo)], target)).status).toBe(404)
  })

  it('of an Application matches on what is left of the raw path', async () => {
    const inner = new Application([get('/', () => 'home'), get('/:a', ({ params }) => json(params))])
    const outer = [group('/t/:tenant', [mount('/in', validate(inner))]), get('/:other', () => 'outer')]
    expect((await ask(outer, '/t/x%2Fy/in/a%2Fb')).json()).toEqual({ a: 'a/b' })
    expect((await ask(outer, '/t/x%2Fy/in')).text).toBe('home')
    expect((await ask(outer, '/t/x/in/a/b')).status).toBe(404)
  })

  it('in a mount', async () => {
    const inner = new Application([mount('/b', echo)])
    const response = await ask([mount('/a', validate(inner))], '/a/b/%E4%BD%A0/c')
    expect(response.json()).toMatchObject({ SCRIPT_NAME: '/a/b', PATH_INFO: '/你/c' })
  })

  it('at / takes all that is left', async () => {
    const response = await ask([get('/own', () => 'own'), mount('/', echo)], '/else')
    expect(response.json()).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '/else' })
  })
})

describe('the path', () => {
  const entries = [get('/:one', ({ params }) => json(params)), get('/:one/:two', ({ params }) => json(params))]

  it('keeps %2F inside its segment', async () => {
    expect((await ask(entries, '/a%2Fb')).json()).toEqual({ one: 'a/b' })
  })

  it('that somebody has changed is the one that counts', async () => {
    const environ = { ...environFor('/old%2Fpath'), PATH_INFO: '/new/100%' }
    const response = await call(new Application(entries), environ)
    expect(response.json()).toEqual({ one: 'new', two: '100%' })
  })

  it.each(['/%FF', '/a/%C3%28'])('%s is answered 400: not UTF-8', async (target) => {
    expect((await ask(entries, target)).status).toBe(400)
  })

  it('with a % that begins no escape is answered 400', async () => {
    const environ = { ...environFor('/x'), REQUEST_URI: '/%zz', PATH_INFO: '/%zz' }
    expect((await call(new Application(entries), environ)).status).toBe(400)
  })

  it('is compared with its last slash, unless told otherwise', async () => {
    const users = [get('/users', () => 'ok')]
    expect((await ask(users, '/users/')).status).toBe(404)
    expect((await ask(users, '/users/', {}, { trailingSlash: 'optional' })).text).toBe('ok')
    expect((await ask(users, '/USERS')).status).toBe(404)
    expect((await ask(users, '/USERS', {}, { caseSensitive: false })).text).toBe('ok')
  })
})

describe('errors', () => {
  const secret = 'the password is sesame'

  it.each<[string, RouteEntry]>([
    [
      'a view that throws',
      get('/', () => {
        throw new Error(secret)
      }),
    ],
    [
      'a view that rejects',
      get('/', async () => {
        throw new Error(secret)
      }),
    ],
    [
      'a view that throws a string',
      get('/', () => {
        throw secret
      }),
    ],
    [
      'an error with a status of its own',
      get('/', () => {
        throw Object.assign(new Error(secret), { status: 404, code: 'E404' })
      }),
    ],
    [
      'a callable that throws',
      [
        '/',
        () => {
          throw new Error(secret)
        },
      ],
    ],
    [
      'a callable that rejects',
      [
        '/',
        async () => {
          throw new Error(secret)
        },
      ],
    ],
  ])('%s is a 500 that says nothing, and is logged whole', async (_, entry) => {
    const response = await ask([entry], '/')
    expect([response.status, response.text]).toEqual([500, expect.stringMatching(INTERNAL)])
    expect(response.errors).toContain(secret)
    expect(response.errors).toContain('GET / failed')
  })

  it('of a callable that has begun its response replace it before the first chunk', async () => {
    const late: ContractApplication = async (_, startResponse) => {
      startResponse('200 OK', [
        ['Content-Type', 'text/plain'],
        ['Set-Cookie', 'a=b'],
      ])
      throw new Error(secret)
    }
    const response = await ask([['/', late]], '/')
    expect([response.status, response.header('set-cookie')]).toEqual([500, undefined])
  })

  it('of a callable whose head has gone go on to the server', async () => {
    const gone: ContractApplication = async (_, startResponse) => {
      await startResponse('200 OK', [['Content-Type', 'text/plain']])('sent')
      throw new Error(secret)
    }
    await expect(ask([['/', gone]], '/')).rejects.toThrow(secret)
  })

  it.each<[string, RouteEntry]>([
    [
      'thrown',
      get('/', () => {
        throw new HttpError(409, 'No <b>')
      }),
    ],
    ['returned', get('/', () => new HttpError(409, 'No <b>'))],
    ['returned later', get('/', async () => new HttpError(409, 'No <b>'))],
    [
      'rejected',
      get('/', async () => {
        throw new HttpError(409, 'No <b>')
      }),
    ],
    [
      'thrown by a callable',
      [
        '/',
        () => {
          throw new HttpError(409, 'No <b>')
        },
      ],
    ],
  ])('for the client, %s, are told in its words', async (_, entry) => {
    const plain = await ask([entry], '/')
    expect([plain.status, plain.header('content-type'), plain.text]).toEqual([
      409,
      'text/plain; charset=utf-8',
      'No <b>\n',
    ])
    const page = await ask([entry], '/', { headers: { accept: 'text/html,*/*;q=0.8' } })
    expect(page.header('content-type')).toBe('text/html; charset=utf-8')
    expect(page.text).toContain('No &lt;b&gt;')
    expect(page.header('vary')).toBe('Accept')
    expect(page.errors).toBe('')
  })

  it('inside an expression: json(x ?? notFound())', async () => {
    expect((await ask([get('/', () => json(new Map().get('x') ?? notFound('No such user')))], '/')).text).toBe(
      'No such user\n',
    )
  })

  it('of the request body are answered with the status they carry (SPEC tsgi.status)', async () => {
    const broken = () => Promise.reject(Object.assign(new Error('x'), { 'tsgi.status': 408 }))
    expect((await ask([post('/', broken)], '/', { method: 'POST' })).status).toBe(408)
  })

  it('show nothing of the request', async () => {
    for (const accept of ['text/html', '*/*']) {
      const response = await ask([], '/%3Cscript%3Ealert(1)', { headers: { accept } })
      expect([response.status, response.text.includes('alert')]).toEqual([404, false])
    }
  })

  it('are logged on lines of our own making', async () => {
    const response = await ask(
      [
        get('/:x', () => {
          throw new Error('a\u001b[2Jb\r\nGET /forged')
        }),
      ],
      '/%0Aforged%1B',
    )
    expect(response.errors).not.toMatch(/[^\n\x20-\x7e]/)
    expect(response.errors.split('\n')[0]).toContain('\\u{a}forged\\u{1b}')
  })
})

describe('own error pages', () => {
  it('notFound answers 404, of the router and of a view', async () => {
    const settings = { notFound: () => html('<h1>Lost</h1>') }
    for (const target of ['/nowhere', '/view']) {
      const response = await ask([get('/view', () => notFound())], target, {}, settings)
      expect([response.status, response.text]).toEqual([404, '<h1>Lost</h1>'])
    }
  })

  it('onError answers all others, with their status and headers', async () => {
    const settings: ApplicationOptions = {
      onError: (error, { path }) => ({ path, message: error instanceof HttpError ? error.message : 'Oops' }),
    }
    const entries = [
      get('/a', () => {
        throw new Error('secret')
      }),
      post('/b', () => ''),
    ]
    const failed = await ask(entries, '/a', {}, settings)
    expect([failed.status, failed.json()]).toEqual([500, { path: '/a', message: 'Oops' }])
    expect(failed.errors).toContain('secret')
    const refused = await ask(entries, '/b', {}, settings)
    expect([refused.status, refused.header('allow')]).toEqual([405, 'POST, OPTIONS'])
  })

  it.each<[string, ApplicationOptions['onError']]>([
    [
      'throws',
      () => {
        throw new Error('again')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('again')
      },
    ],
  ])('that fail themselves are logged, and the plain page answers: %s', async (_, onError) => {
    const response = await ask(
      [
        get('/', () => {
          throw new HttpError(418, 'Teapot')
        }),
      ],
      '/',
      {},
      { onError: onError ?? (() => '') },
    )
    expect([response.status, response.text]).toEqual([418, expect.stringMatching(/^Teapot\nRequest [-0-9a-f]{36}\n$/)])
    expect(response.errors).toContain('again')
  })
})
