/** `tsgi.upgrade` on a connection: the door, what passes through it both ways, and its end (SPEC C86, C87; RFC 9110 §7.8). */
import type { Application } from '@tsgi/contract'
import { describe, expect, it } from 'vitest'
import { get, Harness, post } from '../../support/harness.ts'

const OFFER = 'Connection: keep-alive, Upgrade\r\nUpgrade: h2c, Echo\r\n'
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Mark: 1\r\n\r\n'

/** Says back what it hears, until the client ends its side. */
const echo: Application = async (environ) => {
  const { input, write } = environ['tsgi.upgrade']?.([
    ['X-Mark', '1'],
    ['Upgrade', 'echo'],
  ]) ?? { input: [], write: async () => undefined }
  for await (const octets of input) await write(octets)
  return 'bye'
}

const plain: Application = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  return environ['tsgi.upgrade'] === undefined ? 'no door' : 'a door'
}

describe('a request that offers another protocol', () => {
  it('gets 101 at once, and octets both ways, as they are', async () => {
    await using harness = await Harness.start(echo)
    const client = await harness.client()
    client.send(get('/', OFFER))
    await client.until('\r\n\r\n')
    expect(client.received).toBe(SWITCHED)
    client.send('one')
    await client.until('one')
    client.send('GET / HTTP/1.1\r\n\r\n\0\xff')
    await client.until('\xff')
    client.halfClose()
    expect(await client.rest()).toBe(`${SWITCHED}oneGET / HTTP/1.1\r\n\r\n\0\xffbye`)
    expect(await client.ended).toBe('fin')
  })

  it('finds what came behind its head in the input', async () => {
    await using harness = await Harness.start(echo)
    const client = await harness.client()
    client.send(`${get('/', OFFER)}early`)
    client.halfClose()
    expect(await client.rest()).toBe(`${SWITCHED}earlybye`)
  })

  it('may be answered by a body that is one side of the conversation, whose end is that of the connection', async () => {
    await using harness = await Harness.start((environ) => {
      environ['tsgi.upgrade']?.([['Upgrade', 'Echo']])
      return ['a', 'b']
    })
    const client = await harness.client()
    client.send(get('/', OFFER))
    expect((await client.rest()).split('\r\n\r\n')[1]).toBe('ab')
  })

  it('carries more than fits in any buffer, both ways', async () => {
    await using harness = await Harness.start(echo)
    const client = await harness.client()
    client.send(get('/', OFFER))
    const much = 'tsgi'.repeat(500_000)
    client.send(much)
    client.halfClose()
    expect((await client.rest()).length).toBe(SWITCHED.length + much.length + 3)
  })

  it('is told by tsgi.signal when its client has gone', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<unknown>()
    await using harness = await Harness.start(async (environ) => {
      environ['tsgi.upgrade']?.([['Upgrade', 'echo']])
      await new Promise((left) => environ['tsgi.signal'].addEventListener('abort', left))
      resolve(environ['tsgi.signal'].reason)
      return ''
    })
    const client = await harness.client()
    client.send(get('/', OFFER))
    await client.until('101')
    client.socket.resetAndDestroy()
    expect(await gone).toBeInstanceOf(Error)
  })

  it('is cut when the application fails', async () => {
    await using harness = await Harness.start(async (environ) => {
      environ['tsgi.upgrade']?.([['Upgrade', 'echo']])
      throw new Error('secret')
    })
    const client = await harness.client()
    client.send(get('/', OFFER))
    await client.ended
    expect(client.received).not.toContain('secret')
  })
})

describe('an offer that nobody takes', () => {
  it('is ignored, and what follows is HTTP (F-23)', async () => {
    await using harness = await Harness.start(plain)
    const client = await harness.client()
    client.send(get('/', OFFER) + get('/', 'Connection: close\r\n'))
    expect((await client.rest()).match(/a door|no door|200 OK|101/g)).toEqual(['200 OK', 'a door', '200 OK', 'no door'])
  })

  it.each([
    ['Connection does not name it', get('/', 'Upgrade: echo\r\nConnection: close\r\n')],
    ['HTTP/1.0 asks', `GET / HTTP/1.0\r\n${OFFER}\r\n`],
    ['a body would come first', post('x', `${OFFER}Connection: close\r\n`)],
  ])('is none where %s', async (_name, request) => {
    await using harness = await Harness.start(plain)
    const client = await harness.client()
    client.send(request)
    client.halfClose()
    expect(await client.rest()).toMatch(/no door$/)
  })
})
