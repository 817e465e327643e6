/** Tokens: which are taken, which are not, and whose fault it is. Made by jose, with keys that a real server publishes. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { call } from '@tsgi/contract/testing'
import { Application, get, json } from '@tsgi/framework'
import { type BearerOptions, bearer } from '@tsgi/framework/middleware'
import { request } from '@tsgi/framework/testing'
import fc from 'fast-check'
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const SECRET = 'a secret of thirty-two bytes or more'
const secret = new TextEncoder().encode(SECRET)
const signed = (claims: object = {}, alg = 'HS256') =>
  new SignJWT({ sub: 'ada', ...claims })
    .setProtectedHeader({ alg })
    .setAudience('notes')
    .setIssuer('https://id.example')
    .setExpirationTime('1m')

function siteWith(options: Partial<BearerOptions> = {}) {
  const token = bearer({ audience: 'notes', ...(options.jwks === undefined ? { secret: SECRET } : {}), ...options })
  return new Application([get('/', { name: 'me' }, (from) => json(from.get(token)))], { middleware: [token] })
}

const ask = async (application: Application, token?: string) => {
  const asked = request(application).get('/')
  const response = await (token === undefined ? asked : asked.header('Authorization', `Bearer ${token}`))
  return [response.status, response.header('WWW-Authenticate')]
}
const OK = [200, undefined]
const INVALID = [401, 'Bearer error="invalid_token"']

describe('a token with a shared secret', () => {
  it('gives its claims to the view', async () => {
    const response = await request(siteWith())
      .get('/')
      .header('Authorization', `bearer ${await signed().sign(secret)}`)
    expect(response.json()).toMatchObject({ sub: 'ada', aud: 'notes', iss: 'https://id.example' })
  })

  it('is needed', async () => {
    expect(await ask(siteWith())).toEqual([401, 'Bearer'])
    expect(await ask(siteWith({ realm: 'notes' }))).toEqual([401, 'Bearer realm="notes"'])
    for (const header of ['Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b'])
      expect((await request(siteWith()).get('/').header('Authorization', header)).status).toBe(401)
  })

  it('is not taken from another signer, for another audience or issuer, or out of its time', async () => {
    const now = Math.floor(Date.now() / 1000)
    expect(await ask(siteWith(), await signed().sign(new TextEncoder().encode(`${SECRET}!`)))).toEqual(INVALID)
    expect(await ask(siteWith({ audience: 'shop' }), await signed().sign(secret))).toEqual(INVALID)
    expect(await ask(siteWith({ audience: ['shop', 'notes'] }), await signed().sign(secret))).toEqual(OK)
    expect(await ask(siteWith({ issuer: 'https://other.example' }), await signed().sign(secret))).toEqual(INVALID)
    expect(await ask(siteWith({ issuer: 'https://id.example' }), await signed().sign(secret))).toEqual(OK)
    expect(
      await ask(
        siteWith(),
        await signed()
          .setExpirationTime(now - 60)
          .sign(secret),
      ),
    ).toEqual(INVALID)
    expect(
      await ask(
        siteWith(),
        await signed()
          .setNotBefore(now + 60)
          .sign(secret),
      ),
    ).toEqual(INVALID)
    // Clocks differ a little.
    expect(
      await ask(
        siteWith(),
        await signed()
          .setExpirationTime(now - 2)
          .sign(secret),
      ),
    ).toEqual(OK)
    expect(
      await ask(
        siteWith({ clockTolerance: 0 }),
        await signed()
          .setExpirationTime(now - 2)
          .sign(secret),
      ),
    ).toEqual(INVALID)
  })

  it('without a signature, or with another algorithm, is none', async () => {
    const none = new UnsecuredJWT({ sub: 'ada' }).setAudience('notes').encode()
    expect(await ask(siteWith(), none)).toEqual(INVALID)
    expect(await ask(siteWith(), await signed({}, 'HS512').sign(secret))).toEqual(INVALID)
    expect(await ask(siteWith({ algorithms: ['HS512'] }), await signed({}, 'HS512').sign(secret))).toEqual(OK)
  })

  it('has claims of the schema', async () => {
    const claims = z.object({ sub: z.string(), role: z.enum(['admin']) })
    const token = bearer({ secret: SECRET, audience: 'notes', claims })
    const application = new Application([get('/', (from) => json(from.get(token)))], { middleware: [token] })
    const admin = await request(application)
      .get('/')
      .header('Authorization', `Bearer ${await signed({ role: 'admin' }).sign(secret)}`)
    expect(admin.json()).toEqual({ sub: 'ada', role: 'admin' })
    expect(await ask(application, await signed({ role: 'user' }).sign(secret))).toEqual(INVALID)
  })

  it('is 401 for any other text', async () => {
    const right = await signed().sign(secret)
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'B', '0', '.', '-', '_', '=') }),
      fc.nat(right.length - 1).map((at) => right.slice(0, at) + right.slice(at + 1)),
    )
    const application = siteWith()
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        const response = await call(application, '/', { headers: { Authorization: `Bearer ${token}` } })
        expect([response.status, response.errors]).toEqual([401, ''])
      }),
      { numRuns: 100 },
    )
  })
})

describe('a token of an issuer that publishes its keys', () => {
  async function issuer() {
    const published: JWK[] = []
    let isDown = false
    let asked = 0
    const server = createServer((_request, response) => {
      asked += 1
      if (isDown) response.writeHead(500).end('down')
      else response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: published }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const add = async (kid: string, alg = 'ES256') => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
      published.push({ ...(await exportJWK(publicKey)), kid, alg })
      const sign = () =>
        new SignJWT({ sub: 'ada' })
          .setProtectedHeader({ alg, kid })
          .setAudience('notes')
          .setExpirationTime('1m')
          .sign(privateKey)
      return { sign, publicKey: published.at(-1) }
    }
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
    const setDown = (down: boolean) => {
      isDown = down
    }
    return { url, add, asked: () => asked, published, setDown }
  }

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('is checked by its key: %s', async (alg) => {
    const { url, add, asked } = await issuer()
    const key = await add('one', alg)
    const application = siteWith({ jwks: url })
    for (let i = 0; i < 3; i++) expect(await ask(application, await key.sign())).toEqual(OK)
    expect(asked()).toBe(1)
  })

  it('of an unknown key is 401, of a key that is not the signer’s too', async () => {
    const { url, add, published } = await issuer()
    const [one, two] = [await add('one'), await add('two')]
    published.pop()
    const application = siteWith({ jwks: url })
    expect(await ask(application, await one.sign())).toEqual(OK)
    expect(await ask(application, await two.sign())).toEqual(INVALID)
  })

  it('signed with a public key as if it were a secret is none', async () => {
    const { url, add } = await issuer()
    const { publicKey } = await add('one', 'RS256')
    const confused = await new SignJWT({ sub: 'ada' })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setAudience('notes')
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode(publicKey?.n ?? ''))
    expect(await ask(siteWith({ jwks: url }), confused)).toEqual(INVALID)
  })

  it('is 503 while the issuer cannot be asked: the token may be right', async () => {
    const { url, add, setDown } = await issuer()
    const key = await add('one')
    setDown(true)
    const application = siteWith({ jwks: url })
    expect((await ask(application, await key.sign()))[0]).toBe(503)
    setDown(false)
    expect(await ask(application, await key.sign())).toEqual(OK)
    expect((await ask(siteWith({ jwks: 'http://127.0.0.1:1/' }), await key.sign()))[0]).toBe(503)
  })
})

it.each<[string, object, string]>([
  ['neither', { audience: 'a' }, 'give either secret or jwks'],
  ['both', { audience: 'a', secret: SECRET, jwks: 'https://a.b' }, 'give either secret or jwks'],
  ['no audience', { secret: SECRET }, 'give the audience'],
  ['a short secret', { audience: 'a', secret: 'short' }, 'the secret has 5 bytes'],
  [
    'a public algorithm for a secret',
    { audience: 'a', secret: SECRET, algorithms: ['RS256'] },
    'RS256 does not go with secret',
  ],
  [
    'a shared algorithm for public keys',
    { audience: 'a', jwks: 'https://a.b', algorithms: ['ES256', 'HS256'] },
    'HS256 does not go with jwks',
  ],
  ['none', { audience: 'a', jwks: 'https://a.b', algorithms: ['none'] }, 'none does not go with jwks'],
  ['an unknown option', { audience: 'a', secret: SECRET, aud: 'x' }, 'unknown option "aud"'],
])('bearer cannot be made with %s', (_, options, message) => {
  expect(() => bearer(options as BearerOptions)).toThrow(message)
})
