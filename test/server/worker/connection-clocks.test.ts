import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import type { AccessRecord } from '../../../packages/server/src/connection/access-record.ts'
import type { Clocks } from '../../../packages/server/src/connection/timeouts.ts'
import { type Client, eventually, get, Harness } from '../../support/harness.ts'
import { NO_CLOCKS } from '../../wire/replay.ts'
import { readResponses } from '../../wire/responses.ts'

const hello: Application = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return 'hello'
}

const echo: Application = async (environ, startResponse) => {
  const body = await environ['wsgi.input'].read()
  startResponse('200 OK', [['Content-Type', 'application/octet-stream']])
  return body
}

function statuses(received: string): number[] {
  return readResponses(received, () => false).map(({ status }) => status)
}

async function start(
  application: Application,
  clocks: Partial<Clocks>,
  records: AccessRecord[] = [],
): Promise<Harness> {
  const log = (record: AccessRecord) => records.push(record)
  return Harness.start(application, { clocks: { ...NO_CLOCKS, ...clocks }, log })
}

/** Sends one octet after the other, slowly, until the server has had enough. */
async function drip(client: Client, octets: string): Promise<void> {
  let ended = false
  void client.ended.then(() => {
    ended = true
  })
  for (let at = 0; !ended; at = (at + 1) % octets.length) {
    client.send(octets.charAt(at))
    await sleep(5)
  }
}

describe('the clock of the head (L-05)', () => {
  it.each([
    ['stops', 'GET / HTTP/1.1\r\nHost:', undefined],
    ['drips', 'GET / HTTP/1.1\r\nX:', 'a'],
    ['drips blank lines', '\r\n', undefined],
  ])('is absolute: a head that %s is a 408', async (_name, beginning, more) => {
    const records: AccessRecord[] = []
    await using harness = await start(hello, { headers: 100 }, records)
    const client = await harness.client()
    client.send(beginning)
    if (more !== undefined) await drip(client, more)
    expect(statuses(await client.rest())).toEqual([408])
    expect(client.received).toContain('Connection: close')
    expect(records).toMatchObject([{ status: 408, reason: expect.stringContaining('head') }])
  })

  it('runs for the second request of a connection too', async () => {
    await using harness = await start(hello, { headers: 100 })
    const client = await harness.client()
    client.send(`${get('/')}GET /b`)
    expect(statuses(await client.rest())).toEqual([200, 408])
  })

  it('runs from accept on: a connection that says nothing is closed silently', async () => {
    await using harness = await start(hello, { headers: 100 })
    const client = await harness.client()
    expect(await client.rest()).toBe('')
  })
})

describe('the clock between requests (L-07)', () => {
  it('closes silently', async () => {
    const records: AccessRecord[] = []
    await using harness = await start(hello, { keepAlive: 100 }, records)
    const client = await harness.client()
    client.send(get('/'))
    expect(statuses(await client.rest())).toEqual([200])
    expect(await client.ended).toBe('fin')
    expect(records).toHaveLength(1)
  })

  it('runs on over blank lines, which are no request: closed silently (RFC 9112 §2.2)', async () => {
    const records: AccessRecord[] = []
    await using harness = await start(hello, { keepAlive: 100, headers: 60_000 }, records)
    const client = await harness.client()
    client.send(get('/'))
    await client.until('hello')
    client.send('\r\n\r')
    expect(statuses(await client.rest())).toEqual([200])
    expect(records).toHaveLength(1)
  })

  it('stops at the first octet of a request, behind a blank line too', async () => {
    await using harness = await start(hello, { keepAlive: 60_000, headers: 100 })
    const client = await harness.client()
    client.send(`${get('/')}\r\nG`)
    expect(statuses(await client.rest())).toEqual([200, 408])
  })
})

describe('the clock of the body (L-06)', () => {
  const length = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\nabc'
  const chunked = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n'

  it.each([
    ['stops', length, undefined, 0],
    ['drips an extension', `${chunked}3;a=`, 'a', 0],
    ['drips a trailer', `${chunked}0\r\nA: `, 'a', 0],
    ['drips content below the minimum rate', length, 'a', 100_000],
  ])('a body that %s is a 408, given by the reader', async (_name, beginning, more, minimumRate) => {
    const records: AccessRecord[] = []
    await using harness = await start(echo, { body: 100, minimumRate }, records)
    const client = await harness.client()
    client.send(beginning)
    if (more !== undefined) await drip(client, more)
    expect(statuses(await client.rest())).toEqual([408])
    expect(records).toMatchObject([{ status: 408, reason: expect.stringContaining('body') }])
  })

  it('does not run while the application is the slow one', async () => {
    await using harness = await start(
      async (environ, startResponse) => {
        await sleep(400)
        return echo(environ, startResponse)
      },
      { body: 100, minimumRate: 240 },
    )
    const client = await harness.client()
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc')
    expect(statuses(await client.rest())).toEqual([200])
  })
})

describe('the clock of writing (L-08)', () => {
  it('cuts a client that reads nothing, and the body is closed', async () => {
    let closed = 0
    const records: AccessRecord[] = []
    const endless: Application = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']])
      return {
        close: () => {
          closed++
        },
        *[Symbol.iterator]() {
          for (;;) yield 'x'.repeat(65_536)
        },
      }
    }
    await using harness = await start(endless, { write: 100 }, records)
    const client = await harness.client()
    client.socket.pause()
    client.send(get('/'))
    await eventually(() => closed > 0 && harness.connections.size === 0)
    expect(closed).toBe(1)
    expect(records).toMatchObject([{ status: 200, reason: 'the client stopped reading' }])
  })
})

describe('a client that reads slowly, but reads (L-08)', () => {
  it('gets all of a large answer, though it takes much longer than the clock', async () => {
    const whole = 'x'.repeat(24 * 1024 * 1024)
    await using harness = await start(
      (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'text/plain']])
        return whole
      },
      { write: 800, keepAlive: 100 },
    )
    const client = await harness.client()
    let received = 0
    client.socket.removeAllListeners('data')
    client.socket.on('data', (octets) => {
      received += octets.length
      client.socket.pause()
      setTimeout(() => client.socket.resume(), 4)
    })
    client.send(get('/', 'Connection: close\r\n'))
    expect(await client.ended).toBe('fin')
    expect(received).toBeGreaterThan(whole.length)
  })
})

describe('the clock of the whole request', () => {
  const never = () => new Promise<never>(() => undefined)

  it('answers 503 where nothing has been said, tells the application, and logs it', async () => {
    const records: AccessRecord[] = []
    let aborted: unknown
    await using harness = await start(
      async (environ, startResponse) => {
        const signal = environ['tsgi.signal']
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        aborted = signal.reason
        return hello(environ, startResponse)
      },
      { request: 100 },
      records,
    )
    const client = await harness.client()
    client.send(get('/'))
    expect(statuses(await client.rest())).toEqual([503])
    await eventually(() => aborted !== undefined)
    expect(aborted).toBeInstanceOf(Error)
    expect(records).toMatchObject([{ status: 503, target: '/', reason: expect.stringContaining('too long') }])
  })

  it('answers 408 where the application waits for the client', async () => {
    await using harness = await start(echo, { request: 100 })
    const client = await harness.client()
    client.send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\n')
    expect(statuses(await client.rest())).toEqual([408])
  })

  it('cuts a response that has begun', async () => {
    await using harness = await start(
      (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'text/plain']])
        return {
          async *[Symbol.asyncIterator]() {
            yield 'abc'
            await never()
          },
        }
      },
      { request: 100 },
    )
    const client = await harness.client()
    client.send(get('/'))
    const [response] = readResponses(await client.rest(), () => false)
    expect(response).toMatchObject({ status: 200, complete: false })
  })

  it('costs its own connection only', async () => {
    await using harness = await start(
      (environ, startResponse) => (environ.PATH_INFO === '/never' ? never() : hello(environ, startResponse)),
      {
        request: 200,
      },
    )
    const [slow, other] = [await harness.client(), await harness.client()]
    slow.send(get('/never'))
    while (!slow.received.includes('503')) {
      const before = statuses(other.received).length
      other.send(get('/'))
      await eventually(() => statuses(other.received).length > before)
    }
    expect(new Set(statuses(other.received))).toEqual(new Set([200]))
  })
})

describe('one timer for all connections', () => {
  it('runs while there are any, and not after', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    {
      await using harness = await start(hello, { headers: 10_000, keepAlive: 10_000 })
      const clients = await Promise.all(Array.from({ length: 20 }, () => harness.client()))
      for (const client of clients) client.send(get('/'))
      for (const client of clients) await client.until('hello')
      // An unreferenced timer is not listed: what is listed is what requests would have armed.
      expect(timers()).toBeLessThanOrEqual(before)
    }
    expect(timers()).toBeLessThanOrEqual(before)
  })
})
