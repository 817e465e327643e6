/** SCRIPT_NAME and PATH_INFO as octets (PEP 3333, Unicode Issues), out of the raw target. */
import { environFor } from '@tsgi/contract/testing'
import { expect, it } from 'vitest'
import { bytePath } from '../../../../packages/server/src/guests/python/byte-path.ts'

it.each([
  ['/', '', '/', '', '/'],
  ['/a/b', '', '/a/b', '', '/a/b'],
  ['/a/b', '/a', '/b', '/a', '/b'],
  ['/caf%C3%A9', '', '/café', '', '/caf\xc3\xa9'],
  ['/caf%C3%A9/x', '/café', '/x', '/caf\xc3\xa9', '/x'],
  ['/%E9/x', '', '/\ufffd/x', '', '/\xe9/x'],
  ['/%E9/x', '/\ufffd', '/x', '/\xe9', '/x'],
  ['/a%2Fb/c', '/a/b', '/c', '/a/b', '/c'],
  ['/%EF%BB%BF', '', '/\ufeff', '', '/\xef\xbb\xbf'],
  ['/a%20b?x=%20', '', '/a b', '', '/a b'],
  ['http://host/%41', '', '/A', '', '/A'],
  ['http://host', '', '/', '', '/'],
  ['http://host?x', '', '/', '', '/'],
  ['/a', '/a', '', '/a', ''],
  // A middleware has changed the path and left the target: the text is all there is.
  ['/%41', '', '/other', '', '/other'],
  ['/%41', '', '/中', '', '/\xe4\xb8\xad'],
  ['/a', '', '/é', '', '/\xc3\xa9'],
])('of %s under %j', (target, scriptText, pathText, scriptName, pathInfo) => {
  const environ = { ...environFor('/'), REQUEST_URI: target, SCRIPT_NAME: scriptText, PATH_INFO: pathText }
  expect(bytePath(environ)).toEqual({ scriptName, pathInfo })
})

it('is a slash for OPTIONS *, which WSGI does not know', () => {
  expect(bytePath(environFor('*', { method: 'OPTIONS' }))).toEqual({ scriptName: '', pathInfo: '/' })
})

it('takes time in proportion to a path of nothing but escapes', () => {
  const text = '/A'.repeat(5000)
  const environ = { ...environFor('/'), REQUEST_URI: '/%41'.repeat(5000), SCRIPT_NAME: '/A', PATH_INFO: text.slice(2) }
  expect(bytePath(environ)).toEqual({ scriptName: '/A', pathInfo: text.slice(2) })
})
