/** The environ on its way to Python. */
import { environFor } from '@tsgi/contract/testing'
import { expect, it } from 'vitest'
import { environBlock } from '../../../../packages/server/src/guests/python/environ-block.ts'

function sent(environ: ReturnType<typeof environFor>, contentLength?: number): Record<string, string> {
  const fields = environBlock(environ, contentLength).split('\0')
  return Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1] ?? '']] : [])))
}

it('carries every string, whoever set it, and nothing else', () => {
  const environ = environFor('/p?q=1', { method: 'POST', headers: { 'X-Tag': 'é' }, body: 'abc', REMOTE_USER: 'me' })
  environ['vendor.name'] = 'x'
  environ['vendor.number'] = 1
  const block = sent(environ)
  expect(block).toMatchObject({
    REQUEST_METHOD: 'POST',
    SCRIPT_NAME: '',
    PATH_INFO: '/p',
    QUERY_STRING: 'q=1',
    CONTENT_LENGTH: '3',
    HTTP_X_TAG: 'é',
    REMOTE_USER: 'me',
    'vendor.name': 'x',
    'wsgi.url_scheme': 'http',
  })
  for (const [name, value] of Object.entries(environ)) {
    if (!name.startsWith('tsgi.')) expect(name in block).toBe(typeof value === 'string')
  }
})

it.each(['tsgi.signal', 'tsgi.after_response', 'tsgi.early_hints'])('does not make %s', (door) => {
  const environ = environFor('/')
  let made = false
  Object.defineProperty(environ, door, { enumerable: true, get: () => (made = true) })
  environBlock(environ)
  expect(made).toBe(false)
})

it('says the length of a body that was gathered, and nothing of its chunks', () => {
  const environ = environFor('/', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })
  expect(sent(environ)).toHaveProperty('HTTP_TRANSFER_ENCODING')
  expect(sent(environ, 7)).toMatchObject({ CONTENT_LENGTH: '7' })
  expect(sent(environ, 7)).not.toHaveProperty('HTTP_TRANSFER_ENCODING')
})

it('carries the parameters of a route as JSON in ASCII', () => {
  const environ = environFor('/')
  environ['wsgiorg.routing_args'] = [[], { name: '中\0', rest: ['a', 'b'] }]
  const json = sent(environ)['wsgiorg.routing_args'] ?? ''
  expect(json).toMatch(/^[\x20-\x7e]*$/)
  expect(JSON.parse(json)).toEqual({ name: '中\0', rest: ['a', 'b'] })
})

it.each([
  ['HTTP_X', 'a\0b', "the environ's HTTP_X holds a NUL"],
  ['HTTP_X', 'a\u0100', "the environ's HTTP_X has a character above U+00FF"],
  ['QUERY_STRING', '中', "the environ's QUERY_STRING has a character above U+00FF"],
  ['PATH_INFO', '/\0', 'the path holds a NUL'],
])('refuses %s of %j', (key, value, message) => {
  const environ = environFor('/', { [key]: value })
  expect(() => environBlock(environ)).toThrow(message)
})
