/** WebSocket routes on a real server: with Node's own client, and with frames made by hand. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Application as ContractApplication, Middleware } from '@tsgi/contract'
import { Application, forbidden, get, group } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { request } from '@tsgi/framework/testing'
import { type Peer, websocket } from '@tsgi/framework/websocket'
import { serve } from '@tsgi/server'
import { afterAll, afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const ended: string[] = []
let leave = new AbortController()

const guard: Middleware = () => () => forbidden('members only')

const application = new Application([
  get('/', () => 'home'),
  websocket('/echo', async (peer, { path }) => {
    expectTypeOf(peer).toEqualTypeOf<Peer<string | Uint8Array>>()
    for await (const message of peer) await peer.send(message)
    ended.push(path)
  }),
  group('/rooms', [
    websocket(
      '/:id',
      { params: z.object({ id: int }), message: z.object({ n: z.number() }), name: 'room' },
      async (peer, { params }) => {
        for await (const { n } of peer) await peer.send({ sum: n + params.id })
      },
    ),
  ]),
  websocket('/guarded', { middleware: [guard] }, () => {}),
  websocket('/small', { maxMessage: 10 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/protocols', { protocols: ['v2', 'v1'] }, async (peer) => {
    await peer.send(peer.protocol)
    await peer.close(4001, 'enough')
  }),
  websocket('/fails', () => {
    throw new Error('a fault of the view')
  }),
  websocket('/any', { origin: 'any' }, (peer) => peer.send('open')),
  websocket('/listed', { origin: ['https://a.test'] }, (peer) => peer.send('open')),
  websocket('/pinged', { ping: 20 }, async (peer) => {
    for await (const _ of peer);
    ended.push(`pinged ${peer.signal.aborted}`)
  }),
  websocket('/flood', async (peer) => {
    const chunk = 'x'.repeat(64 * 1024)
    let sent = 0
    while (!peer.signal.aborted && sent < 4000) {
      await peer.send(chunk)
      sent++
    }
    ended.push(`flood ${sent < 4000}`)
  }),
])

const leaving: ContractApplication = (environ, startResponse) => {
  environ['tsgi.leaving'] = leave.signal
  return application(environ, startResponse)
}

const server = await serve(leaving, { bind: ['127.0.0.1:0'] })
afterAll(() => server.close())
afterEach(() => {
  ended.length = 0
  leave = new AbortController()
})
const { host } = new URL(`http://${String(server.addresses[0]).replace('http://', '')}`)
const url = (path: string) => `ws://${host}${path}`

/** Node's own client: what comes, in order, the last being the close code. */
async function talk(path: string, messages: readonly (string | Uint8Array)[], expected: number, protocols?: string[]) {
  const socket = new WebSocket(url(path), protocols)
  socket.binaryType = 'arraybuffer'
  const seen: unknown[] = []
  const closed = once(socket, 'close')
  socket.addEventListener('message', ({ data }) => {
    seen.push(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer))
    if (seen.length === expected && messages.length > 0) socket.close(1000)
  })
  socket.addEventListener('open', () => {
    for (const message of messages) socket.send(message)
  })
  socket.addEventListener('error', () => seen.push('error'))
  const [event] = (await closed) as [CloseEvent]
  return [...seen, `${event.code} ${event.reason}`.trim()]
}

/** A client that writes frames by hand. */
async function raw(path: string, headers = ''): Promise<{ socket: Socket; head: string; rest: () => Promise<Buffer> }> {
  const socket = connect(Number(host.split(':')[1]), '127.0.0.1')
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${headers}\r\n`,
  )
  let received = Buffer.alloc(0)
  const ended = once(socket, 'close')
  socket.on('error', () => {})
  await new Promise<void>((resolve) => {
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data])
      if (received.includes('\r\n\r\n')) resolve()
    })
    socket.once('close', () => resolve())
  })
  const at = received.indexOf('\r\n\r\n') + 4
  const head = received.subarray(0, at).toString('latin1')
  const rest = async () => {
    await ended
    return received.subarray(at)
  }
  return { socket, head, rest }
}

/** A masked frame, its first byte as given. */
function masked(first: number, payload: string | Buffer): Buffer {
  const data = Buffer.from(payload)
  const mask = randomBytes(4)
  for (const [i] of data.entries()) data[i] = (data[i] ?? 0) ^ (mask[i % 4] ?? 0)
  return Buffer.concat([Buffer.from([first, 0x80 | data.length]), mask, data])
}

describe('a WebSocket route', () => {
  it('receives and sends text and bytes, in order, of any size', async () => {
    const long = 'é'.repeat(200_000)
    expect(await talk('/echo', ['a', long, Uint8Array.of(1, 2, 255), ''], 4)).toEqual([
      'a',
      long,
      Uint8Array.of(1, 2, 255),
      '',
      '1000',
    ])
    await expect.poll(() => ended).toEqual(['/echo'])
  })

  it('has typed parameters and messages; what does not fit is 1007', async () => {
    expect(await talk('/rooms/7', ['{"n":1}', '{"n":2}'], 2)).toEqual(['{"sum":8}', '{"sum":9}', '1000'])
    expect(await talk('/rooms/7', ['{"n":"1"}'], 9)).toEqual(['1007'])
    expect(await talk('/rooms/7', ['no JSON'], 9)).toEqual(['1007'])
    expect((await talk('/rooms/x', [], 9)).at(-1)).toMatch(/^1006/)
    expect(application.urlFor('room', { id: 7 })).toBe('/rooms/7')
  })

  it('closes with the codes of RFC 6455 §7.4', async () => {
    expect(await talk('/protocols', [], 9, ['v1', 'v2'])).toEqual(['v2', '4001 enough'])
    expect(await talk('/fails', [], 9)).toEqual(['1011'])
    expect(await talk('/any', [], 9)).toEqual(['open', '1000'])
    expect(await talk('/small', ['0123456789', '01234567890'], 9)).toEqual(['0123456789', '1009'])
    expect((await talk('/guarded', [], 9)).at(-1)).toMatch(/^1006/)
  })

  it('says 1012 when its worker leaves', async () => {
    const socket = new WebSocket(url('/echo'))
    await once(socket, 'open')
    const closed = once(socket, 'close')
    leave.abort()
    const [event] = (await closed) as [CloseEvent]
    expect(event.code).toBe(1012)
    await expect.poll(() => ended).toEqual(['/echo'])
  })

  it('pings, and ends with a peer that says nothing', async () => {
    const { socket, rest } = await raw('/pinged')
    const bytes = await rest()
    expect([...bytes.subarray(0, 2)]).toEqual([0x89, 0])
    await expect.poll(() => ended).toEqual(['pinged true'])
    socket.destroy()
  })

  it('waits for a client that reads nothing, and ends with it', async () => {
    const { socket } = await raw('/flood')
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(ended).toEqual([])
    socket.destroy()
    await expect.poll(() => ended, { timeout: 10_000 }).toEqual(['flood true'])
  })
})

describe('frames that break the protocol', () => {
  it.each([
    ['no mask', Buffer.from([0x81, 1, 0x61]), 1002],
    ['a reserved bit', masked(0xc1, 'a'), 1002],
    ['an unknown opcode', masked(0x83, 'a'), 1002],
    ['an unknown control', masked(0x8b, 'a'), 1002],
    ['a fragmented control', masked(0x09, 'a'), 1002],
    ['a continuation of nothing', masked(0x80, 'a'), 1002],
    ['text within text', Buffer.concat([masked(0x01, 'a'), masked(0x81, 'b')]), 1002],
    ['text that is not UTF-8', masked(0x81, Buffer.from([0xff, 0xfe])), 1007],
    ['a close of one byte', masked(0x88, 'a'), 1002],
    ['a close code that is never sent', masked(0x88, Buffer.from([0x03, 0xed])), 1002],
    ['a close reason that is not UTF-8', masked(0x88, Buffer.from([0x03, 0xe8, 0xff])), 1007],
  ])('%s', async (_, frames, code) => {
    for (const cut of [frames.length, 1]) {
      const { socket, rest } = await raw('/echo')
      for (let at = 0; at < frames.length; at += cut) socket.write(frames.subarray(at, at + cut))
      const bytes = await rest()
      expect([bytes[0], bytes.readUInt16BE(2)]).toEqual([0x88, code])
    }
  })

  it('a ping between fragments gets its pong, and a close its close', async () => {
    const { socket, rest } = await raw('/echo')
    socket.write(
      Buffer.concat([masked(0x01, 'a'), masked(0x89, 'p'), masked(0x80, 'b'), masked(0x88, Buffer.from([0x03, 0xe8]))]),
    )
    const bytes = await rest()
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0x8a, 1, 0x70]))
    expect(bytes.subarray(-4)).toEqual(Buffer.from([0x88, 2, 0x03, 0xe8]))
  })
})

describe('the handshake', () => {
  it.each([
    ['a plain GET', {}, 426],
    ['another protocol', { upgrade: 'h2c' }, 426],
    ['an old version', { upgrade: 'websocket', 'sec-websocket-version': '8' }, 400],
    ['no key', { upgrade: 'websocket', 'sec-websocket-version': '13' }, 400],
    ['a short key', { upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAA' }, 400],
    ['another site', { upgrade: 'websocket', origin: 'https://evil.test' }, 403],
    ['no site', { upgrade: 'websocket', origin: 'null' }, 403],
  ])('of %s', async (_, headers, status) => {
    let asked = request(application).get('/echo')
    for (const [name, value] of Object.entries(headers)) asked = asked.header(name, value)
    expect((await asked).status).toBe(status)
  })

  it.each([
    ['/echo', `http://${host}`, 101],
    ['/echo', 'https://evil.test', 403],
    ['/any', 'https://evil.test', 101],
    ['/listed', 'https://a.test', 101],
    ['/listed', `http://${host}`, 403],
  ])('of %s from a page of %s is %i', async (path, origin, status) => {
    const { socket, head } = await raw(path, `Origin: ${origin}\r\n`)
    expect(head).toContain(`HTTP/1.1 ${status} `)
    socket.destroy()
  })
})

it('bad limits are refused when the list is made', () => {
  for (const limits of [{ maxMessage: -1 }, { ping: Number.NaN }, { queue: 1.5 }])
    expect(() => websocket('/', limits, () => {})).toThrow('it must be a whole number')
})
