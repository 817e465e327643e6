/** Each limit has its close code and one line in the log, and costs its own connection only. Compression, and its bounds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, constants as zlib } from 'node:zlib'
import { Application } from '@tsgi/framework'
import { type WebSocketOptions, websocket } from '@tsgi/framework/websocket'
import { serve } from '@tsgi/server'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import WebSocketOfWs from 'ws'
import { header, masked, openRaw, said } from '../../support/websocket-frames.ts'

const echo = (path: string, options: WebSocketOptions) =>
  websocket(path, options, async (peer) => {
    for await (const message of peer) await peer.send(message)
  })

const application = new Application([
  echo('/echo', {}),
  echo('/small', { maxMessage: 10 }),
  echo('/rate', { rate: 5 }),
  echo('/idle', { idle: 100 }),
  echo('/ping', { ping: 50 }),
  echo('/slow', { messageTimeout: 100 }),
  echo('/compressed', { compress: true, maxMessage: 100_000 }),
  websocket('/pour', { sendTimeout: 200 }, async (peer) => {
    while (!peer.signal.aborted) await peer.send('x'.repeat(64 * 1024))
  }),
  websocket('/heap', { maxUnsent: 2 ** 20 }, async (peer) => {
    while (!peer.signal.aborted) {
      void peer.send('x'.repeat(64 * 1024))
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  }),
])
const folder = mkdtempSync(join(tmpdir(), 'tsgi-websocket-'))
const errorLogfile = join(folder, 'log')
const server = await serve(application, { bind: ['127.0.0.1:0'], errorLogfile })
const url = String(server.addresses[0])
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const logged = (path: string) =>
  readFileSync(errorLogfile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(`the WebSocket ${path} was closed`))

describe('a limit', () => {
  const flood = Buffer.concat(Array.from({ length: 50 }, () => masked(0x81, 'x')))
  const pings = Buffer.concat(Array.from({ length: 50 }, () => masked(0x89, '')))

  it.each([
    ['/small', 'a message of 11 bytes', masked(0x81, 'x'.repeat(11)), 1009, 'a message is larger than 10 bytes'],
    [
      '/small',
      'bytes in fragments',
      Buffer.concat([masked(0x02, 'x'.repeat(6)), masked(0x80, 'x'.repeat(6))]),
      1009,
      'a message is larger than 10 bytes',
    ],
    ['/small', 'a header that announces much', header(0x82, 2 ** 40, 0x80), undefined, undefined],
    [
      '/small',
      'a whole header that announces much',
      Buffer.concat([header(0x82, 2 ** 40, 0x80), Buffer.alloc(4)]),
      1009,
      'a message is larger than 10 bytes',
    ],
    ['/rate', 'a flood of messages', flood, 1008, 'it sends more than 5 messages a second'],
    ['/rate', 'a flood of pings', pings, 1008, 'it sends more than 5 messages a second'],
    ['/idle', 'nothing', Buffer.alloc(0), 1001, 'no message for 100 ms'],
    ['/idle', 'pings only', masked(0x89, ''), 1001, 'no message for 100 ms'],
    ['/ping', 'no pong', Buffer.alloc(0), 1008, 'no reply to a ping'],
    ['/slow', 'half a header', Buffer.from([0x81]), 1008, 'a message took 100 ms'],
    ['/slow', 'half a payload', masked(0x81, 'abc').subarray(0, 8), 1008, 'a message took 100 ms'],
    ['/slow', 'half a message', masked(0x01, 'abc'), 1008, 'a message took 100 ms'],
    ['/slow', 'half a ping', masked(0x89, 'abc').subarray(0, 7), 1008, 'a message took 100 ms'],
  ])('%s: %s', async (path, _, bytes, code, why) => {
    const before = logged(path).length
    const [neighbour, { socket, talk }] = await Promise.all([openRaw(url, '/echo'), openRaw(url, path)])
    socket.write(bytes)
    if (code === undefined) {
      // Nothing is kept for what was only announced; the client may still go.
      socket.end()
      expect(said((await talk()).frames)).toEqual([])
    } else {
      expect(said((await talk()).frames).at(-1)).toBe(`close ${code}`)
      await expect.poll(() => logged(path).slice(before)).toHaveLength(1)
      expect(logged(path).at(-1)).toContain(`closed with ${code}: ${why}`)
    }
    neighbour.socket.write(Buffer.concat([masked(0x81, 'fine'), masked(0x88, '')]))
    expect(said((await neighbour.talk()).frames)).toEqual(['text fine', 'close'])
  })

  it.each([
    ['/pour', /the client read nothing for 200 ms/],
    ['/heap', /bytes wait to be read by the client/],
  ])('%s: a client that reads nothing is cut', async (path, why) => {
    const [neighbour, { socket }] = await Promise.all([openRaw(url, '/echo'), openRaw(url, path)])
    socket.pause()
    await expect.poll(() => logged(path), { timeout: 20_000 }).toHaveLength(1)
    expect(logged(path)[0]).toMatch(why)
    socket.destroy()
    neighbour.socket.write(Buffer.concat([masked(0x81, 'fine'), masked(0x88, '')]))
    expect(said((await neighbour.talk()).frames)).toEqual(['text fine', 'close'])
  })
})

describe('compression', () => {
  const OFFER = 'Sec-WebSocket-Extensions: '
  const extensionOf = (head: string) => /^Sec-WebSocket-Extensions: (.*)\r$/im.exec(head)?.[1]
  const NO_TAKEOVER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'

  it.each([
    ['/echo', 'permessage-deflate', undefined],
    ['/compressed', 'permessage-deflate', NO_TAKEOVER],
    ['/compressed', 'permessage-deflate; client_max_window_bits', NO_TAKEOVER],
    ['/compressed', 'permessage-deflate; client_max_window_bits=9; server_no_context_takeover', NO_TAKEOVER],
    ['/compressed', 'permessage-deflate; server_max_window_bits="10"', `${NO_TAKEOVER}; server_max_window_bits=10`],
    ['/compressed', 'permessage-deflate; server_max_window_bits=8, permessage-deflate', NO_TAKEOVER],
    ['/compressed', 'x-other, permessage-deflate; foo', undefined],
    ['/compressed', 'permessage-deflate; server_max_window_bits', undefined],
    ['/compressed', 'permessage-deflate; server_max_window_bits=16', undefined],
    ['/compressed', 'permessage-deflate; server_no_context_takeover; server_no_context_takeover', undefined],
    ['/compressed', 'permessage-deflate; client_no_context_takeover=1', undefined],
    ['/compressed', '', undefined],
  ])('%s with the offer %s', async (path, offer, agreed) => {
    const { socket, head } = await openRaw(url, path, `${OFFER}${offer}\r\n`)
    expect(head).toContain(' 101 ')
    expect(extensionOf(head)).toBe(agreed)
    socket.destroy()
  })

  const compressed = (data: Buffer) =>
    masked(0xc1, deflateRawSync(data, { finishFlush: zlib.Z_SYNC_FLUSH }).subarray(0, -4))

  it.each([
    ['a bomb', compressed(Buffer.alloc(5_000_000, 'a')), 'close 1009'],
    ['what is no deflate', masked(0xc1, Buffer.from([0xff, 0xff, 0xff])), 'close 1007'],
    ['a compressed continuation', Buffer.concat([masked(0x01, 'a'), masked(0xc0, 'b')]), 'close 1002'],
    ['a compressed ping', masked(0xc9, 'a'), 'close 1002'],
    ['text that is not UTF-8', compressed(Buffer.from([0xff])), 'close 1007'],
  ])('%s', async (_, bytes, answer) => {
    const { socket, talk } = await openRaw(url, '/compressed', `${OFFER}permessage-deflate\r\n`)
    socket.write(bytes)
    expect(said((await talk()).frames)).toEqual([answer])
  })

  it('is what ws and the platform understand, for any text', async () => {
    const client = new WebSocketOfWs(`${url.replace('http', 'ws')}/compressed`, { perMessageDeflate: true })
    await new Promise((resolve) => client.once('open', resolve))
    expect(client.extensions).toBe('permessage-deflate')
    const ask = (text: string) =>
      new Promise((resolve) => {
        client.once('message', (data) => resolve(String(data)))
        client.send(text)
      })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(3000), async (text, times) => {
        const long = text.repeat(times).toWellFormed()
        expect(await ask(long)).toBe(long)
      }),
      { numRuns: 40 },
    )
    client.close()
  })
})
