/** The environ example shows what it was given, key by key. */
import { validate } from '@tsgi/contract'
import { call } from '@tsgi/contract/testing'
import { expect, it } from 'vitest'
import { application } from '../../examples/environ/app.ts'

it('shows the environ of the request it answers', async () => {
  const response = await call(validate(application), '/caf%C3%A9?x=1', { headers: { 'X-Tag': 'a' } })
  expect(response.status).toBe(200)
  const lines = response.text.split('\n')
  expect(lines).toContain('REQUEST_METHOD = "GET"')
  expect(lines).toContain('PATH_INFO = "/café"')
  expect(lines).toContain('REQUEST_URI = "/caf%C3%A9?x=1"')
  expect(lines).toContain('QUERY_STRING = "x=1"')
  expect(lines).toContain('HTTP_X_TAG = "a"')
  expect(lines).toContain('wsgi.version = [1,0]')
})
