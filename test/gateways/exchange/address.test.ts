import { expect, it } from 'vitest'
import { plainAddress } from '../../../packages/gateways/src/exchange/address.ts'

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::1', '::1'],
  ['2001:db8::ffff:1', '2001:db8::ffff:1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['::ffff:C0A8:0', '192.168.0.0'],
  ['::ffff:c000:201:1', '::ffff:c000:201:1'],
  ['::ffff:0:c000:201', '::ffff:0:c000:201'],
  [undefined, ''],
])('sees %s as %j (RFC 4291 §2.5.5.2)', (address, expected) => {
  expect(plainAddress(address)).toBe(expected)
})
