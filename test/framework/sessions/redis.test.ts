/** Sessions and rate limits in a real Redis, by both clients: several workers, an outage, and counts that are exact. */
import { type Application as ContractApplication, validate } from '@tsgi/contract'
import { call, environFor } from '@tsgi/contract/testing'
import { Application, get, json, post, redirect } from '@tsgi/framework'
import { type RedisScripts, rateLimit, redisLimits } from '@tsgi/framework/middleware'
import { type RedisClient, redisStore, sessions } from '@tsgi/framework/sessions'
import { agent, request } from '@tsgi/framework/testing'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, RedisForTest, skipReason } from '../../support/redis.ts'

if (!hasRedis) console.warn(skipReason)

const KEY = 'a key of thirty-two bytes or more'
const server = new RedisForTest()
const ending: Array<() => unknown> = []

const CLIENTS: ReadonlyArray<[string, () => Promise<RedisClient & RedisScripts>]> = [
  [
    'redis',
    async () => {
      const client = createClient({ socket: { path: server.path, reconnectStrategy: 20 }, disableOfflineQueue: true })
      client.on('error', () => undefined)
      await client.connect()
      ending.push(() => client.destroy())
      return client
    },
  ],
  [
    'ioredis',
    async () => {
      const client = new Redis({
        path: server.path,
        retryStrategy: () => 20,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        lazyConnect: true,
      })
      client.on('error', () => undefined)
      await client.connect()
      ending.push(() => client.disconnect())
      return client
    },
  ],
]

describe.skipIf(!hasRedis)(`in Redis${hasRedis ? '' : ` — ${skipReason}`}`, () => {
  beforeAll(() => server.start())
  afterAll(async () => {
    for (const end of ending) await end()
    await server.remove()
  })

  describe.each(CLIENTS)('by the client %s', (name, connect) => {
    function worker(client: RedisClient) {
      const session = sessions({ keys: [KEY], store: redisStore(client, `${name}:`), idle: 100 })
      return new Application(
        [
          get('/', (from) => json(from.get(session).data)),
          post('/in', (from) => {
            from.get(session).rotate({ user: 'ada' })
            return redirect('/')
          }),
          post('/out', (from) => {
            from.get(session).destroy()
            return 'bye'
          }),
        ],
        { middleware: [session] },
      )
    }

    it('a session is the same for two workers, and gone for both', async () => {
      const [first, second] = [worker(await connect()), worker(await connect())]
      const browser = agent(first)
      const signedIn = await browser.post('/in')
      const cookie = (signedIn.header('Set-Cookie') ?? '').split(';')[0] ?? ''
      expect((await request(second).get('/').header('Cookie', cookie)).json()).toEqual({ user: 'ada' })
      await request(second).post('/out').header('Cookie', cookie)
      expect((await request(first).get('/').header('Cookie', cookie)).json()).toEqual({})
    })

    it('an outage is 503, and the user is still signed in when it is over', async () => {
      const application = worker(await connect())
      const browser = agent(application)
      await browser.post('/in')
      await server.stop()
      const down = await browser.get('/')
      expect([down.status, down.header('Set-Cookie')]).toEqual([503, undefined])
      await server.start()
      // A Redis without a file forgets: what matters is that nobody was signed out while it was down.
      await expect.poll(async () => (await browser.get('/')).status).toBe(200)
      await browser.post('/in')
      expect((await browser.get('/')).json()).toEqual({ user: 'ada' })
    })

    const hello: ContractApplication = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return 'hello'
    }
    const limited = (client: RedisScripts, limit: number, window: number, key: string) =>
      validate(rateLimit({ limit, window, store: redisLimits(client, `${name}:`), key: () => key })(hello))

    // Nothing of the limit comes back during the test, however slow the machine is.
    const TEN_DAYS_MS = 10 * 86_400_000

    it('20,000 requests of four workers never pass a limit, and reach all of it', async () => {
      const workers = await Promise.all(
        [1, 2, 3, 4].map(async () => limited(await connect(), 500, TEN_DAYS_MS, 'many')),
      )
      let allowed = 0
      let refused = 0
      const ask = async (application: ContractApplication) => {
        for (let i = 0; i < 250; i++) {
          const { status } = await call(application, '/')
          if (status === 200) allowed += 1
          else if (status === 429) refused += 1
        }
      }
      await Promise.all(workers.flatMap((application) => Array.from({ length: 20 }, () => ask(application))))
      expect([allowed, refused]).toEqual([500, 19_500])
    }, 120_000)

    it('says how much is left, and when to come again', async () => {
      const application = limited(await connect(), 2, 60_000, 'few')
      const ask = async () => {
        const response = await call(application, '/')
        return [
          response.status,
          response.header('RateLimit'),
          response.header('RateLimit-Policy'),
          response.header('Retry-After'),
        ]
      }
      const inAWindow = (left: number) => expect.stringMatching(new RegExp(`^"default";r=${left};t=6[0-2]$`))
      expect(await ask()).toEqual([200, inAWindow(1), '"default";q=2;w=60', undefined])
      expect(await ask()).toEqual([200, inAWindow(0), '"default";q=2;w=60', undefined])
      expect(await ask()).toEqual([429, inAWindow(0), '"default";q=2;w=60', expect.stringMatching(/^(?:5\d|6[0-2])$/)])
    })

    it('is there again when the window is over', async () => {
      const application = limited(await connect(), 4, 400, 'soon')
      const statuses = async (count: number) => {
        const seen: number[] = []
        for (let i = 0; i < count; i++) seen.push((await call(application, '/')).status)
        return seen
      }
      expect(await statuses(4)).toEqual([200, 200, 200, 200])
      await new Promise((resolve) => setTimeout(resolve, 450))
      expect((await statuses(1))[0]).toBe(200)
    })
  })
})

describe('rateLimit', () => {
  const hello: ContractApplication = (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']])
    return 'hello'
  }
  const seen: string[] = []
  const store = {
    take: async (key: string) => {
      seen.push(key)
      return { isAllowed: true, remaining: 1, resetMs: 1000, retryMs: 0 }
    },
  }

  it.each([
    ['192.0.2.7', 'default:1:1000:192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', 'default:1:1000:2001:db8:1:2::/64'],
    ['2001:db8::1', 'default:1:1000:2001:db8:0:0::/64'],
    ['::ffff:192.0.2.7', 'default:1:1000:::ffff:192.0.2.7'],
    ['fe80::1%eth0', 'default:1:1000:fe80:0:0:0::/64'],
    ['', 'default:1:1000:'],
  ])('knows a client by its address: %s', async (address, key) => {
    await call(rateLimit({ limit: 1, window: '1s', store })(hello), environFor('/', { REMOTE_ADDR: address }))
    expect(seen.at(-1)).toBe(key)
  })

  it('does not limit whom its key leaves out, and refuses or allows while the store is down', async () => {
    const free = rateLimit({ limit: 1, window: '1s', store, key: () => undefined })
    expect((await call(validate(free(hello)), '/')).header('RateLimit')).toBeUndefined()
    const down = { take: () => Promise.reject(new Error('ECONNREFUSED')) }
    const refused = await call(validate(rateLimit({ limit: 1, window: '1s', store: down })(hello)), '/')
    expect([refused.status, refused.errors]).toEqual([503, expect.stringContaining('ECONNREFUSED')])
    expect(
      (await call(validate(rateLimit({ limit: 1, window: '1s', store: down, onFailure: 'allow' })(hello)), '/')).status,
    ).toBe(200)
  })

  it.each<[string, object, string]>([
    [
      'a store that counts nothing',
      { limit: 1, window: '1m', store: {} },
      'the store has no function take; give a store',
    ],
    ['a limit that is none', { limit: 0, window: '1m', store }, 'the limit is 0'],
    ['a window that is none', { limit: 1, window: '1y', store }, 'the window is "1y"'],
    ['a window of text', { limit: 1, window: 'm', store }, 'the window is "m"'],
    ['a name that is none', { limit: 1, window: 1000, store, name: '"' }, 'the name'],
  ])('cannot be made with %s', (_, options, message) => {
    expect(() => rateLimit(options as Parameters<typeof rateLimit>[0])).toThrow(message)
  })
})
