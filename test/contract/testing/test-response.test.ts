import { expect, test } from 'vitest'
import { ResponseCutError, TestResponse } from '../../../packages/contract/src/testing/test-response.ts'

const parts = {
  statusLine: '200 OK',
  headers: [],
  bytes: new Uint8Array(),
  errors: '',
  earlyHints: [],
  failure: undefined,
}
const response = (some: Partial<ConstructorParameters<typeof TestResponse>[0]>) =>
  new TestResponse({ ...parts, ...some })

test.each([
  ['200 OK', 200, 'OK'],
  ['404 Not Found', 404, 'Not Found'],
  ['204 ', 204, ''],
])('takes the status line %j apart', (statusLine, status, reason) => {
  expect(response({ statusLine })).toMatchObject({ statusLine, status, reason })
})

test('finds a header in any case, and joins what comes several times (RFC 9110 §5.3)', () => {
  const headers = [
    ['Vary', 'A'],
    ['vary', 'B'],
    ['X', ''],
  ] as const
  expect(['VARY', 'x', 'absent'].map((name) => response({ headers }).header(name))).toEqual(['A, B', '', undefined])
})

test('reads its bytes as UTF-8 text and as JSON', () => {
  const bytes = new TextEncoder().encode('{"é":[1]}')
  expect(response({ bytes }).text).toBe('{"é":[1]}')
  expect(response({ bytes }).json()).toEqual({ é: [1] })
  expect(() => response({}).json()).toThrow(SyntaxError)
})

test('a cut response says why, and what had arrived', () => {
  const arrived = response({})
  const error = new ResponseCutError('cut', 'why', arrived)
  expect(error).toMatchObject({ name: 'ResponseCutError', message: 'cut', cause: 'why', response: arrived })
})
