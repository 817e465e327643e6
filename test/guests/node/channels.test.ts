/**
 * What APMs for `node:http` see of a guest: the channels that Node documents, `emit('request')` of an `http.Server`, and
 * an asynchronous context for each request. At home, as a guest, and as a guest with a parser.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { IncomingMessage, Server, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fromNodeHandler, type NodeHandler } from '../../../packages/server/src/guests/node-handler.ts'
import { gatewayHost, type Host, nodeHome } from '../../support/hosts.ts'

const CHANNELS = ['http.server.request.start', 'http.server.response.created', 'http.server.response.finish'] as const

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const STARTS: Readonly<Record<string, (handler: NodeHandler) => Promise<Host>>> = {
  'at home': (handler) => nodeHome(handler),
  'as a guest': (handler) => gatewayHost(fromNodeHandler(handler)),
  'as a guest with a parser': (handler) => gatewayHost(fromNodeHandler(handler, { serverOptions: {} })),
}

function listen(name: string, heard: (message: object) => void): void {
  const listener = (message: unknown): void => heard(Object(message))
  subscribe(name, listener)
  cleanups.push(() => unsubscribe(name, listener))
}

async function started(host: Promise<Host>): Promise<Host> {
  const running = await host
  cleanups.push(() => running.close())
  return running
}

describe.each(Object.entries(STARTS))('%s', (_, start) => {
  it('the channels of a request are published in their order, with its objects', async () => {
    const seen: string[] = []
    let objects: readonly unknown[] = []
    for (const name of CHANNELS) {
      listen(name, (message) => {
        seen.push(`${name}: ${Object.keys(message).sort().join()}`)
        expect(message).toMatchObject({ request: expect.any(IncomingMessage), response: expect.any(ServerResponse) })
        objects = [Reflect.get(message, 'request'), Reflect.get(message, 'response')]
      })
    }
    const host = await started(
      start((request, response) => {
        seen.push(`handler: ${objects[0] === request && objects[1] === response}`)
        response.end('ok')
      }),
    )
    expect((await host.ask({ target: '/' })).status).toBe(200)
    await vi.waitFor(() => expect(seen).toHaveLength(4))
    expect(seen).toEqual([
      'http.server.response.created: request,response',
      'http.server.request.start: request,response,server,socket',
      'handler: true',
      'http.server.response.finish: request,response,server,socket',
    ])
  })

  it('a store that a subscriber enters is seen by its request, and by no other', async () => {
    const storage = new AsyncLocalStorage<string>()
    const before: (string | undefined)[] = []
    listen('http.server.request.start', (message) => {
      const { url } = Object(Reflect.get(message, 'request')) as { readonly url: string }
      if (url === '/plain') return
      before.push(storage.getStore())
      storage.enterWith(url)
    })
    const host = await started(
      start(async (_request, response) => {
        await new Promise(setImmediate)
        response.end(String(storage.getStore()))
      }),
    )
    const answers = await Promise.all(['/a', '/b', '/plain'].map((target) => host.ask({ target })))
    expect(answers.map(({ body }) => body)).toEqual(['/a', '/b', 'undefined'])
    expect(before).toEqual([undefined, undefined])
  })

  it('an instrument that wraps emit() of http.Server sees the request', async () => {
    const emit = vi.spyOn(Server.prototype, 'emit')
    cleanups.push(() => emit.mockRestore())
    const host = await started(start((_request, response) => response.end('ok')))
    await host.ask({ target: '/seen' })
    const requests = emit.mock.calls.filter(([event]) => String(event) === 'request')
    expect(requests).toHaveLength(1)
  })
})
