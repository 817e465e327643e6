import { describe, expect, test } from 'vitest'
import { MemoryErrors } from '../../../packages/contract/src/testing/memory-errors.ts'
import { TestExchange } from '../../../packages/contract/src/testing/test-exchange.ts'

const BOOM = new Error('boom')

function exchangeOf(method = 'GET', limit = 100, signal = new AbortController().signal) {
  const log = new MemoryErrors()
  return { log, exchange: new TestExchange(method, limit, signal, log) }
}

describe('startResponse', () => {
  test('sends nothing: the head goes with the first bytes, or at the end', () => {
    const { exchange } = exchangeOf()
    exchange.startResponse('200 OK', [])
    expect(exchange.state).toBe('given')
    exchange.send('')
    expect(exchange.state).toBe('given')
    exchange.send('x')
    expect(exchange.state).toBe('sent')
  })

  test('replaces a head that has not gone because of an error, and throws the error once it has', () => {
    const { exchange } = exchangeOf()
    exchange.startResponse('200 OK', [['A', 'b']])
    exchange.startResponse('500 Sorry', [], BOOM)
    expect(exchange).toMatchObject({ statusLine: '500 Sorry', headers: [] })
    exchange.send('x')
    expect(() => exchange.startResponse('200 OK', [], BOOM)).toThrow(BOOM)
  })

  test.each([undefined, null])('throws on a second call with the error %s', (error) => {
    const { exchange } = exchangeOf()
    exchange.startResponse('200 OK', [])
    expect(() => exchange.startResponse('200 OK', [], error)).toThrow(/^C49/)
  })

  test('throws on a wrong head, and stands where it stood', () => {
    const { exchange } = exchangeOf()
    expect(() => exchange.startResponse('200', [])).toThrow(/^C55/)
    expect(() => exchange.startResponse('200 OK', [['Connection', 'close']])).toThrow(/^C60/)
    expect(exchange.state).toBe('none')
  })

  test('keeps the headers as they were, whatever the application does to its list', () => {
    const { exchange } = exchangeOf()
    const headers: [string, string][] = [['A', 'b']]
    exchange.startResponse('200 OK', headers)
    headers[0]?.reverse()
    headers.pop()
    expect(exchange.headers).toEqual([['A', 'b']])
  })
})

describe('bytes', () => {
  test('need a head first', () => {
    expect(() => exchangeOf().exchange.send('x')).toThrow(/^C48/)
    expect(() => exchangeOf().exchange.end()).toThrow(/^C48/)
  })

  test('beyond Content-Length are dropped and reported', () => {
    const { exchange, log } = exchangeOf()
    exchange.startResponse('200 OK', [['Content-Length', '3']])
    for (const chunk of ['ab', 'cd', 'e']) exchange.send(chunk)
    exchange.end()
    expect(text(exchange)).toBe('abc')
    expect(log.text).toMatch('C71')
  })

  test('that are missing are no end', () => {
    const { exchange } = exchangeOf()
    exchange.startResponse('200 OK', [['Content-Length', '3']])
    exchange.send('ab')
    expect(() => exchange.end()).toThrow(/2 bytes.*3/)
  })

  test.each(['204 No Content', '205 Reset Content', '304 Not Modified'])(
    'of a %s are dropped and reported',
    (status) => {
      const { exchange, log } = exchangeOf()
      exchange.startResponse(status, [])
      exchange.send('x')
      exchange.end()
      expect(exchange.bytes).toHaveLength(0)
      expect(log.text).toMatch('C70')
    },
  )

  test('of a HEAD are dropped, and no more are wanted', () => {
    const { exchange, log } = exchangeOf('HEAD')
    expect(exchange.isFull).toBe(false)
    exchange.startResponse('200 OK', [['Content-Length', '3']])
    expect(exchange.isFull).toBe(true)
    exchange.send('x')
    exchange.end()
    expect(exchange.bytes).toHaveLength(0)
    expect(log.text).toBe('')
  })

  test('beyond the limit are an error that the exchange remembers', () => {
    const { exchange } = exchangeOf('GET', 3)
    exchange.startResponse('200 OK', [])
    exchange.send('abc')
    const error = thrownBy(() => exchange.send('d'))
    expect(error).toBeInstanceOf(RangeError)
    expect([error, new RangeError(), undefined].map((each) => exchange.isOverflow(each))).toEqual([true, false, false])
    expect(exchangeOf().exchange.isOverflow(undefined)).toBe(false)
  })

  test('are copied: an application may use its buffer again', () => {
    const { exchange } = exchangeOf()
    exchange.startResponse('200 OK', [])
    const buffer = new TextEncoder().encode('ab')
    exchange.send(buffer)
    buffer.fill(0)
    expect(text(exchange)).toBe('ab')
  })
})

test('write resolves when the chunk is taken, and rejects when it cannot be or the client has gone', async () => {
  const controller = new AbortController()
  const { exchange } = exchangeOf('GET', 100, controller.signal)
  const write = exchange.startResponse('200 OK', [])
  await write('a')
  await expect(write(new DataView(new ArrayBuffer(1)) as never)).rejects.toThrow(/^C67/) // what the types forbid
  const waiting = write('b')
  controller.abort(BOOM)
  await expect(waiting).rejects.toBe(BOOM)
  await expect(write('c')).rejects.toBe(BOOM)
  expect(text(exchange)).toBe('ab')
})

function thrownBy(act: () => void): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

function text({ bytes }: TestExchange): string {
  return new TextDecoder().decode(bytes)
}
