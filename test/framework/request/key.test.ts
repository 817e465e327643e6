/**
 * A middleware that signs a user in gives a typed value to views: of an application, a group, a route, a WebSocket; and it
 * stands around Express and Flask, to which its key is no variable.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Application as ContractApplication, type Middleware, validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { Application, get, group, key, mount } from '@tsgi/framework'
import { request } from '@tsgi/framework/testing'
import { websocket } from '@tsgi/framework/websocket'
import { fromNodeHandler } from '@tsgi/server'
import { fromPythonWsgi } from '@tsgi/server/python'
import express from 'express'
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest'
import { findPython, skipReason } from '../../guests/python/python-server.ts'

interface User {
  readonly name: string
}

const user = key<User>('shop.user', 'signIn')
const signIn: Middleware = (application) => (environ, startResponse) => {
  const name = /^Bearer (\w+)$/.exec(environ.HTTP_AUTHORIZATION ?? '')?.[1]
  if (name !== undefined) user.set(environ, { name })
  return application(environ, startResponse)
}

describe('a value under a key', () => {
  const application = new Application([
    get('/route', { middleware: [signIn] }, (asked) => {
      expectTypeOf(asked.get(user)).toEqualTypeOf<User>()
      expectTypeOf(asked.find(user)).toEqualTypeOf<User | undefined>()
      return asked.get(user).name
    }),
    group('/group', { middleware: [signIn] }, [get('/find', (asked) => asked.find(user)?.name ?? 'no user')]),
    websocket('/socket', { middleware: [signIn] }, async (peer, asked) => peer.send(asked.get(user).name)),
    get('/open', (asked) => asked.get(user).name),
  ])
  const inner = new Application([get('/', (asked) => asked.get(user).name)])
  const outer = new Application([mount('/mounted', inner)], { middleware: [signIn] })

  it.each([
    [application, '/route'],
    [application, '/group/find'],
    [outer, '/mounted/'],
  ])('is typed in the view (%#)', async (asked, path) => {
    const response = await request(asked).get(path).header('Authorization', 'Bearer ada')
    expect([response.status, response.text]).toEqual([200, 'ada'])
  })

  it('is there in a WebSocket', async () => {
    const socket = await request(application).websocket('/socket').header('Authorization', 'Bearer ada')
    expect(await socket.next()).toBe('ada')
  })

  it('that was not set is undefined, or an error that names the key and what sets it', async () => {
    expect((await request(application).get('/group/find')).text).toBe('no user')
    for (const path of ['/route', '/open']) {
      const response = await request(application).get(path)
      expect([response.status, response.errors]).toEqual([
        500,
        expect.stringMatching(/the key shop\.user has no value; put signIn/),
      ])
    }
  })

  it.each(['User', 'user', 'HTTP_USER', 'wsgi.user', 'tsgi.user', 'shop.User', ''])('%j is no name', (name) => {
    expect(() => key(name)).toThrow(TypeError)
  })
})

describe('a middleware that signs in around a guest', () => {
  const python = findPython()
  if (python === undefined) console.warn(skipReason())
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-key-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Reads the key behind the guest, as a middleware that wraps it does. */
  const seen: (string | undefined)[] = []
  const after: Middleware = (application) => (environ, startResponse) => {
    seen.push(user.find(environ)?.name)
    return application(environ, startResponse)
  }

  async function askedOf(guest: ContractApplication): Promise<string> {
    seen.length = 0
    const response = await call(validate(signIn(after(guest))), '/', { headers: { Authorization: 'Bearer ada' } })
    expect([response.status, seen]).toEqual([200, ['ada']])
    return response.text.toLowerCase()
  }

  it('Express: the key is no header', async () => {
    const site = express().get('/', (asked, response) => {
      response.json({ headers: asked.headers, raw: asked.rawHeaders })
    })
    const text = await askedOf(fromNodeHandler(site))
    expect(text).toContain('bearer ada')
    expect(text).not.toContain('shop')
  })

  it.skipIf(python === undefined)('Flask: the key is no variable of its environ', async () => {
    writeFileSync(
      join(folder, 'keyapp.py'),
      `
from flask import Flask, request
app = Flask(__name__)
@app.route('/')
def root():
    return repr(sorted((key, str(value)) for key, value in request.environ.items()))
`,
    )
    const guest = fromPythonWsgi('keyapp:app', { python: python ?? '', chdir: folder })
    const text = await askedOf(guest)
    expect(text).toContain('http_authorization')
    expect(text).not.toContain('shop')
  })
})
