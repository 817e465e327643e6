/** `requestId`: one name for a request, everywhere the same, and never one that a client could abuse. */
import type { Application } from '@tsgi/contract'
import { environFor } from '@tsgi/contract/testing'
import { type RequestIdOptions, requestId } from '@tsgi/framework/middleware'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ask } from './applications.ts'

const echo: Application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return String(environ['tsgi.request_id'])
}

const named = (options: RequestIdOptions, headers: Record<string, string> = {}) =>
  ask(requestId(options), echo, '/', { headers })

it('makes a UUID, for the application and for the client', async () => {
  const [one, two] = [await named({}), await named({})]
  expect(one.text).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/)
  expect(one.header('x-request-id')).toBe(one.text)
  expect(two.text).not.toBe(one.text)
})

it('makes what it is told to', async () => {
  const generate: RequestIdOptions['generate'] = (environ) => `${environ.REQUEST_METHOD}-1`
  expect((await named({ generate, header: 'X-Trace' })).header('x-trace')).toBe('GET-1')
})

it.each([
  ['is not trusted by default', {}, 'abc', false],
  ['is taken if it is trusted', { trust: true }, 'abc-1.2:3/4=5@6+7~8_9', true],
  ['is taken with 128 characters', { trust: true }, 'a'.repeat(128), true],
  ['is not taken with 129', { trust: true }, 'a'.repeat(129), false],
  ['is not taken with a blank in it', { trust: true }, 'a b', false],
  ['is not taken where there are two', { trust: true }, 'a, b', false],
  ['is not taken with a quote in it', { trust: true }, 'a"b', false],
  ['is not taken beyond ASCII', { trust: true }, 'é', false],
  ['is not taken when it is empty', { trust: true }, '', false],
])('the name that a client sends %s', async (_what, options, sent, taken) => {
  const { text } = await named({ generate: () => 'own', ...options }, { 'X-Request-Id': sent })
  expect(text).toBe(taken ? sent : 'own')
})

it('is well-formed for any header that is trusted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary-ascii' }), async (sent) => {
      const environ = environFor('/')
      environ.HTTP_X_REQUEST_ID = sent
      const names: (string | undefined)[] = []
      requestId({ trust: true })(echo)(environ, (_status, headers) => {
        names.push(headers.find(([name]) => name === 'X-Request-Id')?.[1])
        return () => Promise.resolve()
      })
      expect(names).toEqual([expect.stringMatching(/^[\w.~+/=:@-]{1,128}$/)])
    }),
  )
})

it('keeps the name that the server or an outer one gave', async () => {
  const response = await ask(requestId({ generate: () => 'inner' }), echo, '/', { 'tsgi.request_id': 'outer' })
  expect(response.text).toBe('outer')
  expect(response.header('x-request-id')).toBe('outer')
})

it('prefers a trusted name to that of the server', async () => {
  const options = { 'tsgi.request_id': 'of-the-server', headers: { 'X-Request-Id': 'of-the-proxy' } }
  expect((await ask(requestId({ trust: true }), echo, '/', options)).text).toBe('of-the-proxy')
  expect((await ask(requestId(), echo, '/', options)).text).toBe('of-the-server')
})

it('is the only one in the head, whatever the application says, also of an error', async () => {
  const application: Application = (_environ, startResponse) => {
    startResponse('200 OK', [['x-request-id', 'mine']])
    startResponse(
      '404 Not Found',
      [
        ['X-REQUEST-ID', 'mine'],
        ['Content-Type', 'text/plain'],
      ],
      new Error('no'),
    )
    return 'no'
  }
  const response = await ask(requestId({ generate: () => 'id' }), application)
  expect(response.headers).toEqual([
    ['Content-Type', 'text/plain'],
    ['X-Request-Id', 'id'],
  ])
})

it.each(['', 'a b', 'x_y', 'X:'])('refuses %j as the name of its header', (header) => {
  expect(() => requestId({ header })).toThrow('no name of a header')
})

it('refuses a generated name that could break a header', async () => {
  const { status, failure } = await named({ generate: () => 'a\r\nb' })
  expect(status).toBe(500)
  expect(failure).toMatchObject({ message: expect.stringContaining('generate() made "a\\r\\nb"') })
})
