/** Sessions in cookies and in stores: what is kept, what is refused, and what the response says of it. */
import { type Application as ContractApplication, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, get, html, json, post, redirect, text } from '@tsgi/framework'
import { csrfField, csrfForms, type SessionOptions, type SessionStore, sessions } from '@tsgi/framework/sessions'
import { agent, request } from '@tsgi/framework/testing'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'

const KEY = 'a key of thirty-two bytes or more'
const OLD = 'an older key of thirty-two bytes, still known'
const Data = z.object({ userId: z.int().optional(), cart: z.array(z.string()).default([]) })
type Options = Partial<SessionOptions<typeof Data>>

/** A store as a user would write it, with what was asked of it. */
class MapStore implements SessionStore {
  readonly texts = new Map<string, string>()
  readonly calls: string[] = []
  isDown = false

  async read(id: string) {
    this.#ask('read')
    return this.texts.get(id)
  }
  async write(id: string, text: string, seconds: number) {
    this.#ask(`write ${seconds}`)
    this.texts.set(id, text)
  }
  async remove(id: string) {
    this.#ask('remove')
    this.texts.delete(id)
  }
  #ask(call: string) {
    this.calls.push(call)
    if (this.isDown) throw new Error('ECONNREFUSED')
  }
}

function siteWith(options: Options = {}) {
  const session = sessions({ keys: [KEY], schema: Data, ...options })
  const application = new Application(
    [
      get('/', (from) => json(from.get(session).data)),
      get('/static', () => 'no session here'),
      get('/public', (from) => json(from.get(session).data).withHeaders([['Cache-Control', 'public, max-age=60']])),
      post('/in/:id', (from) => {
        from.get(session).rotate({ userId: Number(from.params.id), cart: [] })
        return redirect('/')
      }),
      post('/add/:item', (from) => {
        from.get(session).data.cart.push(from.params.item)
        return json(from.get(session).data.cart)
      }),
      post('/set', (from) => {
        from.get(session).data = { ...from.get(session).data, userId: 9 }
        return 'ok'
      }),
      post('/flash', (from) => {
        from.get(session).flash('Saved.')
        return redirect('/flashed')
      }),
      get('/flashed', (from) => json(from.get(session).flashed)),
      post('/out', (from) => {
        from.get(session).destroy()
        return 'bye'
      }),
      post('/fill/:size', (from) => {
        from.get(session).data.cart = ['x'.repeat(Number(from.params.size))]
        return 'ok'
      }),
      get('/new', (from) => json(from.get(session).isUsed)),
      get('/missing', () => {
        throw new Error('bug')
      }),
    ],
    { middleware: [session] },
  )
  return { session, application, browser: agent(application) }
}

const cookieOf = (response: { header(name: string): string | undefined }) => response.header('Set-Cookie')
const cookieValue = (cookie: string | undefined) => /=([^;]*)/.exec(cookie ?? '')?.[1] ?? ''

const KINDS: ReadonlyArray<[string, () => Options]> = [
  ['a signed cookie', () => ({})],
  ['an encrypted cookie', () => ({ encrypt: true })],
  ['a store', () => ({ store: new MapStore() })],
]

describe.each(KINDS)('a session in %s', (_, options) => {
  it('keeps what was put into it, also when it was changed in place', async () => {
    const { browser } = siteWith(options())
    expect((await browser.get('/')).json()).toEqual({ cart: [] })
    await browser.post('/add/tea')
    await browser.post('/add/milk')
    await browser.post('/set')
    expect((await browser.get('/')).json()).toEqual({ userId: 9, cart: ['tea', 'milk'] })
  })

  it('sends its cookie only when it has changed', async () => {
    const { browser } = siteWith(options())
    expect(cookieOf(await browser.get('/'))).toBeUndefined()
    expect(cookieOf(await browser.post('/add/tea'))).toMatch(
      /^session=\S+; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(cookieOf(await browser.get('/'))).toBeUndefined()
    expect(cookieOf(await browser.get('/static'))).toBeUndefined()
  })

  it('says that the response depends on it, and keeps shared caches off', async () => {
    const { browser } = siteWith(options())
    const caching = async (path: string) => {
      const { header } = await browser
        .get(path)
        .then((response) => ({ header: (name: string) => response.header(name) }))
      return [header('Vary'), header('Cache-Control')]
    }
    expect(await caching('/')).toEqual(['Cookie', 'private'])
    expect(await caching('/public')).toEqual(['Cookie', 'private, max-age=60'])
    expect(await caching('/static')).toEqual([undefined, undefined])
  })

  it('begins anew at rotate(): what was stolen or planted before is worth nothing', async () => {
    const { application, browser } = siteWith(options())
    const planted = cookieValue(cookieOf(await browser.post('/add/planted')))
    await browser.post('/in/7')
    expect((await browser.get('/')).json()).toEqual({ userId: 7, cart: [] })
    const stolen = await request(application).get('/').header('Cookie', `session=${planted}`)
    expect(stolen.json()).not.toHaveProperty('userId')
  })

  it('flashes for one request that reads it', async () => {
    const { browser } = siteWith(options())
    await browser.post('/flash')
    await browser.get('/static')
    expect((await browser.get('/flashed')).json()).toEqual(['Saved.'])
    expect((await browser.get('/flashed')).json()).toEqual([])
  })

  it('is removed by destroy(), and the browser forgets it', async () => {
    const { browser } = siteWith(options())
    await browser.post('/in/7')
    expect(cookieOf(await browser.post('/out'))).toContain('Max-Age=0')
    expect((await browser.get('/')).json()).toEqual({ cart: [] })
    expect(cookieOf(await browser.post('/out'))).toBeUndefined()
  })

  it('ends after idle seconds without a request, and after absolute ones', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const { browser } = siteWith({ ...options(), idle: 100, absolute: 250 })
    await browser.post('/in/7')
    const after = async (seconds: number) => {
      vi.setSystemTime(Date.now() + seconds * 1000)
      const response = await browser.get('/')
      return [(response.json() as { userId?: number }).userId, cookieOf(response) !== undefined]
    }
    expect(await after(40)).toEqual([7, false])
    expect(await after(40)).toEqual([7, true]) // more than half of idle since it was written
    expect(await after(90)).toEqual([7, true])
    expect(await after(60)).toEqual([7, true]) // 230 s
    expect(await after(30)).toEqual([undefined, false]) // 260 s: whatever happens
    await browser.post('/in/8')
    expect(await after(101)).toEqual([undefined, false])
  })

  it('knows the cookies of older keys, and of no other', async () => {
    const settings = options()
    const old = siteWith({ ...settings, keys: [OLD] })
    const cookie = `session=${cookieValue(cookieOf(await old.browser.post('/in/7')))}`
    const seenBy = async (keys: readonly string[]) =>
      (
        await request(siteWith({ ...settings, keys }).application)
          .get('/')
          .header('Cookie', cookie)
      ).json()
    expect(await seenBy([KEY, OLD])).toMatchObject({ userId: 7 })
    expect(await seenBy([KEY])).not.toHaveProperty('userId')
  })

  it('takes no cookie that is not its own, whatever is in it', async () => {
    const { application, browser } = siteWith(options())
    const right = cookieValue(cookieOf(await browser.post('/in/7')))
    const forged = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc
        .tuple(fc.nat(right.length - 1), fc.constantFrom('A', 'b', '.', '-', ''))
        .map(([at, other]) => right.slice(0, at) + other + right.slice(at + 1))
        .filter((text) => text !== right),
    )
    await fc.assert(
      fc.asyncProperty(forged, async (value) => {
        const cookie = `session=${encodeURIComponent(value)}`
        const response = await request(application).get('/').header('Cookie', cookie)
        expect([response.status, response.json()]).toEqual([200, { cart: [] }])
      }),
      { numRuns: 60 },
    )
  })

  it('is of no use in a cookie of another name, and data of another shape begin anew', async () => {
    const settings = options()
    const { browser } = siteWith(settings)
    const value = cookieValue(cookieOf(await browser.post('/in/7')))
    const strict = sessions({ keys: [KEY], ...settings, schema: z.object({ userId: z.string().optional() }) })
    const changed = new Application([get('/', (from) => json(from.get(strict).data))], { middleware: [strict] })
    expect((await request(changed).get('/').header('Cookie', `session=${value}`)).json()).toEqual({})
  })

  it('goes round any application that the contract has', async () => {
    const session = sessions({ keys: [KEY], ...options(), schema: z.object({ visits: z.int().default(0) }) })
    const bare: ContractApplication = (environ, startResponse) => {
      const { data } = session.get(environ)
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      data.visits += 1
      return `visit ${data.visits}`
    }
    const written: ContractApplication = async (environ, startResponse) => {
      session.get(environ).data.visits += 1
      const write = startResponse('200 OK', [['Content-Type', 'text/plain']])
      await write(`visit ${session.get(environ).data.visits}`)
      return ''
    }
    for (const application of [bare, written]) {
      const browser = agent(validate(session(validate(application))))
      expect((await browser.get('/')).text).toBe('visit 1')
      expect((await browser.get('/')).text).toBe('visit 2')
    }
  })

  it('is kept for responses to errors too', async () => {
    const { browser } = siteWith(options())
    await browser.post('/in/7')
    expect((await browser.get('/missing')).status).toBe(500)
    expect((await browser.get('/')).json()).toMatchObject({ userId: 7 })
  })
})

describe('a session in a cookie', () => {
  it('is refused where it does not fit, with the way out', async () => {
    const { browser } = siteWith()
    expect((await browser.post('/fill/2000')).status).toBe(200)
    const response = await browser.post('/fill/5000')
    expect([response.status, response.errors]).toEqual([
      500,
      expect.stringContaining('keep less in it, or give sessions a store'),
    ])
  })

  it('can be read by its browser unless it is encrypted', async () => {
    const seen = async (options: Options) =>
      Buffer.from(
        decodeURIComponent(cookieValue(cookieOf(await siteWith(options).browser.post('/add/oolong')))),
      ).toString()
    expect(await seen({})).toContain('oolong')
    expect(await seen({ encrypt: true })).not.toContain('oolong')
  })

  it('is called __Host-session over https, unless it is for more than one host', async () => {
    const named = async (options: Options, scheme: 'http' | 'https') => {
      const environ = environFor('/add/tea', { method: 'POST', 'wsgi.url_scheme': scheme })
      return cookieOf(await call(siteWith(options).application, environ))?.split('=')[0]
    }
    expect(await named({}, 'https')).toBe('__Host-session')
    expect(await named({}, 'http')).toBe('session')
    expect(await named({ cookie: { domain: 'example.com' } }, 'https')).toBe('session')
    expect(await named({ name: 'sid' }, 'https')).toBe('sid')
  })
})

describe('a session in a store', () => {
  it('has an id only in its cookie, a new one at rotate(), and leaves nothing behind', async () => {
    const store = new MapStore()
    const { browser } = siteWith({ store })
    const first = cookieValue(cookieOf(await browser.post('/add/tea')))
    const second = cookieValue(cookieOf(await browser.post('/in/7')))
    expect([first === second, first.includes('tea'), store.texts.size]).toEqual([false, false, 1])
    await browser.post('/out')
    expect(store.texts.size).toBe(0)
  })

  it('is asked only for a browser that has a cookie of ours, and written only when it changed', async () => {
    const store = new MapStore()
    const { application, browser } = siteWith({ store, idle: 100, absolute: 1000 })
    await browser.get('/')
    await request(application).get('/').header('Cookie', 'session=guess')
    expect(store.calls).toEqual([])
    await browser.post('/add/tea')
    await browser.get('/')
    expect(store.calls).toEqual(['write 100', 'read'])
  })

  it('never adopts an id that it did not make', async () => {
    const store = new MapStore()
    const { application } = siteWith({ store })
    const first = siteWith({ store })
    const removed = cookieValue(cookieOf(await first.browser.post('/add/tea')))
    store.texts.clear()
    const response = await request(application).post('/add/milk').header('Cookie', `session=${removed}`)
    expect(cookieValue(cookieOf(response))).not.toBe(removed)
  })

  it('that is down is 503, and never a user who is signed out', async () => {
    const store = new MapStore()
    const { browser } = siteWith({ store })
    await browser.post('/in/7')
    store.isDown = true
    const down = await browser.get('/')
    expect([down.status, down.header('Retry-After'), down.errors, cookieOf(down)]).toEqual([
      503,
      '10',
      expect.stringContaining('ECONNREFUSED'),
      undefined,
    ])
    expect(down.text).not.toContain('ECONN')
    expect((await browser.post('/add/tea')).status).toBe(503)
    store.isDown = false
    expect((await browser.get('/')).json()).toEqual({ userId: 7, cart: [] })
  })

  it('that goes down before the session is kept is 503, and the body is closed', async () => {
    const store = new MapStore()
    const session = sessions({ keys: [KEY], store })
    let closed = 0
    const application: ContractApplication = (environ, startResponse) => {
      session.get(environ).data = { a: 1 }
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      store.isDown = true
      return Object.assign(['body'], { close: () => void closed++ })
    }
    expect([(await call(validate(session(application)), '/')).status, closed]).toEqual([503, 1])
  })

  it('is none in memory, and says why', () => {
    expect(() => sessions({ keys: [KEY], store: new Map() as unknown as SessionStore })).toThrow(
      'a Map would be there for one worker only',
    )
    expect(() => sessions({ keys: [KEY], store: {} as SessionStore })).toThrow('the store has no read()')
  })
})

describe('sessions', () => {
  it.each<[string, object, string]>([
    ['no key', { keys: [] }, 'there is no key; set one, made by: openssl rand -base64 32'],
    ['a key that is not set', { keys: [undefined] }, 'there is no key'],
    ['a short key', { keys: ['secret'] }, 'it needs 32 bytes'],
    ['a time that is none', { keys: [KEY], idle: 0 }, 'idle is 0'],
    ['an unknown option', { keys: [KEY], secret: 'x' }, 'unknown option "secret"'],
  ])('cannot be made with %s', (_, options, message) => {
    expect(() => sessions(options as SessionOptions<typeof Data>)).toThrow(message)
  })

  it('are told apart from a route without them', async () => {
    const session = sessions({ keys: [KEY] })
    const bare = new Application([get('/', (from) => json(from.get(session).data))])
    expect((await request(bare).get('/')).errors).toContain(
      'the key framework.session has no value; put sessions() around this route',
    )
  })
})

describe('csrfForms', () => {
  const session = sessions({ keys: [KEY] })
  const application = new Application(
    [
      get('/', (from) => html(csrfField(from.get(session)))),
      post('/', async (from) => text(`saved ${(await from.form()).fields.name}`)),
      post('/json', () => text('saved')),
    ],
    { middleware: [session, csrfForms(session)] },
  )
  const tokenIn = (page: string) => /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''

  it('lets forms of the session pass, of either kind, and refuses all others', async () => {
    const browser = agent(application)
    const _csrf = tokenIn((await browser.get('/')).text)
    expect(tokenIn((await browser.get('/')).text)).toBe(_csrf)
    expect((await browser.post('/').form({ _csrf, name: 'ada' })).text).toBe('saved ada')
    expect((await browser.post('/').multipart({ _csrf, name: 'ada' })).text).toBe('saved ada')
    expect((await browser.post('/json').json({}).header('X-CSRF-Token', _csrf)).text).toBe('saved')
    const other = tokenIn((await agent(application).get('/')).text)
    for (const fields of [
      { name: 'ada' },
      { _csrf: other, name: 'ada' },
      { _csrf: '', name: 'ada' },
      { _csrf: `${_csrf}x`, name: 'a' },
    ])
      expect((await browser.post('/').form(fields)).status).toBe(403)
    expect((await browser.post('/json').json({})).status).toBe(403)
    expect((await request(application).post('/').form({ _csrf, name: 'eve' })).status).toBe(403)
  })
})
