/** WebSockets in the test kit: both halves without a socket, under the validator. */
import type { Application as ContractApplication } from '@tsgi/contract'
import { Application, get, group, text } from '@tsgi/framework'
import { int } from '@tsgi/framework/codecs'
import { agent, request, type TestSocket, WebSocketRefusedError } from '@tsgi/framework/testing'
import { websocket } from '@tsgi/framework/websocket'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const seen: string[] = []
const application = new Application([
  get('/', () => text('home', 200, [['Set-Cookie', 'session=ada']])),
  websocket('/echo', async (peer) => {
    for await (const message of peer) await peer.send(message)
    seen.push(`echo ended, ${peer.signal.aborted}`)
  }),
  group('/chat', [
    websocket('/:room', { params: z.object({ room: int }), message: z.object({ text: z.string() }) }, chat),
  ]),
  websocket('/small', { maxMessage: 3 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/fast', { rate: 5 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/idle', { idle: 30 }, async (peer) => {
    for await (const message of peer) await peer.send(message)
  }),
  websocket('/who', { protocols: ['v2', 'v1'] }, async (peer, { environ }) => {
    await peer.send(`${peer.protocol} ${environ.HTTP_COOKIE ?? 'no cookie'}`)
    await peer.close(4001, 'enough')
  }),
  websocket('/fails', () => {
    throw new Error('a fault of the view')
  }),
])

async function chat(
  peer: { send(message: unknown): Promise<void> } & AsyncIterable<{ text: string }>,
  { params }: { params: { room: number } },
) {
  for await (const { text } of peer) await peer.send({ text, room: params.room })
}

describe('a WebSocket of the test kit', () => {
  it('sends and receives text, bytes and JSON', async () => {
    const socket = await request(application).websocket('/echo')
    expectTypeOf(socket).toEqualTypeOf<TestSocket>()
    socket.send('a')
    socket.send(Uint8Array.of(1, 2))
    expect([await socket.next(), await socket.next()]).toEqual(['a', Uint8Array.of(1, 2)])
    const room = await request(application).websocket('/chat/7')
    room.send({ text: 'Hi' })
    expect(await room.json()).toEqual({ text: 'Hi', room: 7 })
    expect(await room.close(1000)).toEqual({ code: 1000, reason: '' })
    expect(await socket.close()).toEqual({ code: undefined, reason: '' })
    await expect.poll(() => seen).toEqual(['echo ended, true'])
  })

  it('is iterated until it is closed, and has the code', async () => {
    const socket = await request(application).websocket('/who').protocols('v1', 'v2').cookie('a', 'b')
    const messages: unknown[] = []
    for await (const message of socket) messages.push(message)
    expect([socket.protocol, messages, await socket.closed]).toEqual([
      'v2',
      ['v2 a=b'],
      { code: 4001, reason: 'enough' },
    ])
    await expect(socket.next()).rejects.toThrow('the WebSocket was closed with 4001: enough')
  })

  it.each([
    ['/small', 'abcd', 1009],
    ['/small', 'éé', 1009],
    ['/chat/7', '{"text":1}', 1007],
    ['/chat/7', 'no JSON', 1007],
    ['/fails', 'x', 1011],
    ['/idle', undefined, 1001],
  ])('%s with %s is closed with %i', async (path, message, code) => {
    const socket = await request(application).websocket(path)
    if (message !== undefined) socket.send(message)
    expect((await socket.closed).code).toBe(code)
  })

  it('holds a rate, and lets what stays below it pass', async () => {
    const slow = await request(application).websocket('/fast')
    for (let i = 0; i < 5; i++) slow.send(String(i))
    expect(await slow.next()).toBe('0')
    const fast = await request(application).websocket('/fast')
    for (let i = 0; i < 20; i++) fast.send(String(i))
    expect((await fast.closed).code).toBe(1008)
    slow.send('still there')
    expect([await slow.next(), await slow.next()]).toEqual(['1', '2'])
    await slow.close(1000)
  })

  it('hears 1012 when the worker leaves', async () => {
    const leaving = new AbortController()
    const socket = await request(application).websocket('/echo').environ({ 'tsgi.leaving': leaving.signal })
    leaving.abort()
    expect((await socket.closed).code).toBe(1012)
  })

  it('can vanish', async () => {
    seen.length = 0
    const socket = await request(application).websocket('/echo')
    socket.destroy()
    await expect.poll(() => seen).toEqual(['echo ended, true'])
    expect((await socket.closed).code).toBe(1006)
  })

  it('keeps the cookies of an agent', async () => {
    const ada = agent(application)
    await ada.get('/')
    expect(await (await ada.websocket('/who')).next()).toBe(' session=ada')
  })
})

describe('a handshake', () => {
  it.each([
    ['a wrong path', '/nothing', {}, 404],
    ['wrong parameters', '/chat/x', {}, 400],
    ['another site', '/echo', { Origin: 'https://evil.test' }, 403],
    ['its own site', '/echo', { Origin: 'http://localhost' }, 101],
    ['an old version', '/echo', { 'Sec-WebSocket-Version': '8' }, 400],
    ['a short key', '/echo', { 'Sec-WebSocket-Key': 'AAAA' }, 400],
    ['another protocol', '/echo', { Upgrade: 'h2c' }, 426],
    ['nothing special', '/echo', {}, 101],
  ])('with %s: %s %o gets %i', async (_, path, headers, status) => {
    let asked = request(application).websocket(path)
    for (const [name, value] of Object.entries(headers)) asked = asked.header(name, value)
    const response = await asked.response()
    expect(response.status).toBe(status)
    if (status !== 101) {
      const error: unknown = await asked.then(
        () => undefined,
        (refused) => refused,
      )
      expect(error).toBeInstanceOf(WebSocketRefusedError)
      expect(error).toMatchObject({ response: { status } })
    }
  })

  it('is no business of a view without one', async () => {
    expect((await request(application).websocket('/').response()).status).toBe(200)
  })

  it('is checked: a protocol that was not offered, two accepts, a wrong message, a wrong code', async () => {
    const faults: ((accept: NonNullable<Parameters<ContractApplication>[0]['tsgi.websocket']>) => unknown)[] = [
      (accept) => accept({ protocol: 'v9' }),
      (accept) => [accept(), accept()],
      (accept) => accept().send(7 as unknown as string),
      (accept) => accept().close(1006),
      (accept) => accept().close(1000, 'x'.repeat(124)),
    ]
    for (const fault of faults) {
      const wrong: ContractApplication = async (environ) => {
        if (environ['tsgi.websocket'] !== undefined) await fault(environ['tsgi.websocket'])
        return ''
      }
      await expect(request(wrong).websocket('/').response()).rejects.toThrow(/^C9[67]/)
    }
  })
})
