import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import {
  Application,
  type ApplicationOptions,
  get,
  HttpError,
  html,
  json,
  type RouteEntry,
  redirect,
  type Schema,
} from '@tsgi/framework'
import { date } from '@tsgi/framework/codecs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'

const User = z.object({ name: z.string().min(2), born: date })
const ann = { name: 'Ann', born: new Date(0), password: 'sesame' }

function ask(entry: RouteEntry, settings?: ApplicationOptions) {
  return call(validate(new Application([entry], settings)), '/')
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a response schema', () => {
  it.each<[string, RouteEntry, number]>([
    ['plain data', get('/', { response: User }, () => ann), 200],
    ['data later', get('/', { response: User }, async () => ann), 200],
    ['data with a status', get('/', { response: User }, () => json(ann, 201)), 201],
    [
      'data with headers',
      get('/', { response: User }, () =>
        json(ann)
          .withHeaders([['X-A', 'b']])
          .withStatus(201),
      ),
      201,
    ],
  ])('writes %s through its codecs, and only what it names', async (_, entry, status) => {
    const response = await ask(entry)
    expect([response.status, response.header('content-type')]).toEqual([status, 'application/json'])
    expect(response.json()).toEqual({ name: 'Ann', born: '1970-01-01' })
  })

  it('makes JSON of a string too: it says that the string is data', async () => {
    const response = await ask(get('/', { response: z.string() }, () => 'a'))
    expect([response.header('content-type'), response.text]).toEqual(['application/json', '"a"'])
  })

  it('of zod/mini does the same', async () => {
    expect(
      (await ask(get('/', { response: mini.object({ a: mini.string() }) }, () => json({ a: 'x', b: 'y' })))).json(),
    ).toEqual({ a: 'x' })
  })

  it('with an asynchronous check is waited for', async () => {
    const slow = z.object({ a: z.string().refine(async (a) => a === 'x') })
    expect((await ask(get('/', { response: slow }, () => ({ a: 'x' })))).json()).toEqual({ a: 'x' })
    expect((await ask(get('/', { response: slow }, () => ({ a: 'y' })))).status).toBe(500)
  })

  it.each<[string, RouteEntry, number]>([
    ['a redirect', get('/', { response: User }, () => redirect('/x')), 302],
    ['a page', get('/', { response: User }, () => html('x')), 200],
    ['an error in JSON', get('/', { response: User }, () => json({ why: 'x' }, 409)), 409],
    ['an HttpError', get('/', { response: User }, () => new HttpError(410)), 410],
  ])('leaves %s alone', async (_, entry, status) => {
    expect((await ask(entry)).status).toBe(status)
  })

  it.each([
    ['of another shape', { name: 'Ann', born: '1970' }, 'born does not fit'],
    ['that has no way back', { name: 'Ann', born: new Date(Number.NaN) }, 'does not fit'],
  ])('refuses data %s, in production too, and the client learns nothing', async (_, data, message) => {
    vi.stubEnv('NODE_ENV', 'production')
    const response = await ask(get('/', { response: User }, () => json(data)))
    expect([response.status, response.errors]).toEqual([500, expect.stringContaining(message)])
    expect(response.text).not.toContain(message)
  })

  it('is held to its last check in development, and not in production', async () => {
    const entry = get('/', { response: User }, () => ({ name: 'A', born: new Date(0) }))
    expect((await ask(entry)).status).toBe(500)
    expect((await ask(entry, { check: false })).json()).toEqual({ name: 'A', born: '1970-01-01' })
    vi.stubEnv('NODE_ENV', 'production')
    expect((await ask(entry)).status).toBe(200)
    expect((await ask(entry, { check: true })).status).toBe(500)
  })
})

describe('a response schema of another library', () => {
  const validated = (when: 'now' | 'later'): Schema<unknown, { a: number }> => {
    const check = (value: unknown) =>
      JSON.stringify(value) === '{"a":1}' ? { value: { a: 1 } } : { issues: [{ message: 'not one' }] }
    return { '~standard': { version: 1, vendor: 'test', validate: when === 'now' ? check : async (v) => check(v) } }
  }

  it.each(['now', 'later'] as const)('checks and changes nothing, if it answers %s', async (when) => {
    const response = validated(when)
    expect((await ask(get('/', { response }, () => ({ a: 1 })))).json()).toEqual({ a: 1 })
    const wrong = get('/', { response }, () => ({ a: 2 }))
    expect((await ask(wrong)).errors).toContain('not one')
    expect((await ask(wrong, { check: false })).json()).toEqual({ a: 2 })
  })
})
