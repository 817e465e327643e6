import { expect, it } from 'vitest'
import type { AccessRecord } from '../../../packages/server/src/connection/access-record.ts'
import { shortLine } from '../../../packages/server/src/connection/short-line.ts'

const record = (changes: Partial<AccessRecord> = {}): AccessRecord => ({
  ...{ time: 0, remoteAddr: '', method: 'GET', target: '/users/7', protocol: 'HTTP/1.1', status: 200, bytes: 1 },
  ...{ duration: 1.234, ...changes },
})

it.each<[Partial<AccessRecord>, string]>([
  [{}, 'GET /users/7 200 1.2 ms\n'],
  [{ duration: 123.4 }, 'GET /users/7 200 123 ms\n'],
  [{ duration: 12_345 }, 'GET /users/7 200 12.3 s\n'],
  [{ status: 0, reason: 'the client left' }, 'GET /users/7 - 1.2 ms (the client left)\n'],
  [{ method: undefined, target: undefined, status: 400 }, '- - 400 1.2 ms\n'],
  [{ target: '/a\x1b[31m\r\nx é' }, 'GET /a\\x1B[31m\\x0D\\x0Ax \\xE9 200 1.2 ms\n'],
  [{ target: '/-/tsgi-live/events' }, ''],
])('%j is %j', (changes, line) => {
  expect(shortLine(record(changes), false)).toBe(line)
})

it.each([
  [200, 32],
  [304, 36],
  [404, 33],
  [500, 31],
])('shows %i in a colour of its own', (status, colour) => {
  expect(shortLine(record({ status }), true)).toBe(
    `GET /users/7 \x1b[${colour}m${status}\x1b[0m \x1b[2m1.2 ms\x1b[0m\n`,
  )
})
