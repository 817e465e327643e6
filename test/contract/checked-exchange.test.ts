import { environFor } from '@tsgi/contract/testing'
import { expect, test } from 'vitest'
import { BreachRecord } from '../../packages/contract/src/breach-record.ts'
import { byteLengthOf, CheckedExchange } from '../../packages/contract/src/checked-exchange.ts'

test.each<[unknown, number | undefined]>([
  ['', 0],
  ['abc', 3],
  ['é€🎓', 9],
  ['\ud800', 3],
  [new Uint8Array(5), 5],
  [Buffer.from('ab'), 2],
  [new Uint16Array(1), undefined],
  [new Uint8ClampedArray(1), undefined],
  [new ArrayBuffer(1), undefined],
  [['a'], undefined],
  [undefined, undefined],
  [{ length: 1, [Symbol.toStringTag]: 'Uint8Array' }, undefined],
])('the chunk %s is sent as %s bytes', (chunk, bytes) => expect(byteLengthOf(chunk)).toBe(bytes))

test.each([
  ['GET', '200 OK', false],
  ['HEAD', '200 OK', true],
  ['GET', '204 No Content', true],
  ['GET', '205 Reset Content', true],
  ['GET', '304 Not Modified', true],
])('%s answered by %s is without content: %s (RFC 9110 §6.4.1)', (method, status, contentless) => {
  const exchange = new CheckedExchange(environFor('/', { method }), false, new BreachRecord(undefined))
  exchange.begin(status, [])
  expect(exchange.contentless).toBe(contentless)
})

test('tells the caller once of the first breach that the application was told of', () => {
  const exchange = new CheckedExchange(environFor('/'), false, new BreachRecord(undefined))
  const first = exchange.toApplication('C41', 'application', 'first')
  exchange.toApplication('C42', 'application', 'second')
  expect(() => exchange.surface()).toThrow(first)
  exchange.surface()
})
