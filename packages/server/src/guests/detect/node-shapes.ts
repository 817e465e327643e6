/**
 * Telling Node frameworks apart, and getting the handler out of each. Knows shapes, imports no framework.
 */
import type { Application } from '@tsgi/contract'
import { isHttpServer, SecureServer, type Server } from '../node/http.ts'
import { fromNodeHandler } from '../node-handler.ts'
import { hasMethods } from './fetch-shapes.ts'

export interface NodeGuest {
  readonly label: string
  readonly application: Application
  readonly prepare?: (() => Promise<void>) | undefined
  readonly close?: (() => Promise<void>) | undefined
}

/** @returns `undefined` where no framework is recognised. */
export function nodeGuest(exported: unknown): NodeGuest | undefined {
  return SHAPES.reduce<NodeGuest | undefined>((found, shape) => found ?? shape(exported), undefined)
}

const SHAPES = [express, connect, fastify, koa, nest, restana, polka, tinyhttp, hapi, next, serverHolder] as const

/** An `http.Server` emits `'close'` at the end, as if it had listened. */
export function serverGuest(exported: unknown): NodeGuest | undefined {
  if (!isHttpServer(exported)) return undefined
  const isSecure = exported instanceof SecureServer
  return {
    label: isSecure ? 'an https.Server, whose certificate is not used: --certfile names one' : 'an http.Server',
    application: fromNodeHandler(exported),
    close: async () => closeServer(exported),
  }
}

function closeServer(server: Server): void {
  if (server.listening) server.close()
  else server.emit('close')
}

/** Of `node:http2`, secure or not. */
export function isHttp2Server(exported: unknown): boolean {
  return hasMethods(exported, ['listen', 'updateSettings', 'emit', 'setTimeout'])
}

/** The application is itself a handler, with prototypes of its own for request and response. */
function express(exported: unknown): NodeGuest | undefined {
  if (typeof exported !== 'function' || !hasMethods(exported, ['handle', 'use', 'set', 'engine'])) return undefined
  if (!('request' in exported) || !('response' in exported)) return undefined
  return { label: 'lazyrouter' in exported ? 'Express 4' : 'Express 5', application: fromNodeHandler(caller(exported)) }
}

/** A handler with a list of what it calls. A router of Express has no `route` of its own that is text. */
function connect(exported: unknown): NodeGuest | undefined {
  if (typeof exported !== 'function' || !hasMethods(exported, ['handle', 'use'])) return undefined
  if (!('stack' in exported && 'route' in exported && typeof exported.route === 'string')) return undefined
  return { label: 'Connect', application: fromNodeHandler(caller(exported)) }
}

function caller(handler: object): (request: unknown, response: unknown) => unknown {
  return (request, response) => Reflect.apply(toFunction(handler), undefined, [request, response])
}

function toFunction(value: object): (...given: unknown[]) => unknown {
  return value as (...given: unknown[]) => unknown // true where it is called: typeof has been looked at
}

function fastify(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['routing', 'ready', 'inject', 'addHook'])) return undefined
  const guest = whenReady('Fastify', async () => {
    await exported.ready()
    // Its server has the listeners of its plugins too, those for WebSocket among them.
    const server: unknown = 'server' in exported ? exported.server : undefined
    if (isHttpServer(server)) return fromNodeHandler(server)
    return fromNodeHandler((request, response) => exported.routing(request, response))
  })
  return { ...guest, close: closing(exported) }
}

function koa(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['callback', 'use'])) return undefined
  if (!('middleware' in exported && 'context' in exported)) return undefined
  // Late, so that what the module still adds to it counts.
  return whenReady('Koa', async () => fromNodeHandler(toFunction(Object(exported.callback()))))
}

function nest(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['init', 'getHttpAdapter', 'getHttpServer'])) return undefined
  const guest = whenReady('NestJS', async () => {
    await exported.init()
    // `listen()` of Nest's Fastify adapter does this; `init()` does not.
    const adapter: unknown = exported.getHttpAdapter()
    const instance: unknown = hasMethods(adapter, ['getInstance']) ? adapter.getInstance() : undefined
    if (hasMethods(instance, ['ready', 'routing'])) await instance.ready()
    const server: unknown = exported.getHttpServer()
    if (isHttpServer(server)) return fromNodeHandler(server)
    throw new TypeError('the NestJS application has no http.Server')
  })
  return { ...guest, close: closing(exported) }
}

function polka(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['handler', 'use', 'listen', 'find'])) return undefined
  return { label: 'Polka', application: fromNodeHandler((request, response) => exported.handler(request, response)) }
}

function tinyhttp(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['handler', 'attach', 'use', 'listen'])) return undefined
  return { label: 'tinyhttp', application: fromNodeHandler((request, response) => exported.attach(request, response)) }
}

function restana(exported: unknown): NodeGuest | undefined {
  if (typeof exported !== 'function' || !hasMethods(exported, ['handle', 'start', 'getServer', 'newRouter'])) {
    return undefined
  }
  return { label: 'restana', application: fromNodeHandler(caller(exported)) }
}

/** Its server exists from the beginning; only `start()` makes it listen. */
function hapi(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['initialize', 'route', 'ext', 'inject', 'stop'])) return undefined
  const server: unknown = 'listener' in exported ? exported.listener : undefined
  if (!isHttpServer(server)) return undefined
  const guest = whenReady('hapi', async () => {
    await exported.initialize()
    return fromNodeHandler(server)
  })
  return { ...guest, close: async () => void (await exported.stop()) }
}

/** A custom server of Next.js: `next({ … })`. */
function next(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['prepare', 'getRequestHandler'])) return undefined
  const guest = whenReady('Next.js', async () => {
    await exported.prepare()
    return fromNodeHandler(toFunction(Object(exported.getRequestHandler())))
  })
  return { ...guest, close: closing(exported) }
}

/** Restify, and others that keep their `http.Server` beside them: it has their handler. */
function serverHolder(exported: unknown): NodeGuest | undefined {
  if (!hasMethods(exported, ['listen']) || !('server' in exported)) return undefined
  const { server } = exported
  if (!isHttpServer(server) || server.listenerCount('request') === 0) return undefined
  return {
    label: 'an object with an http.Server',
    application: fromNodeHandler(server),
    close: async () => closeServer(server),
  }
}

/** Where the application has hooks of its own for its end. */
function closing(exported: object): (() => Promise<void>) | undefined {
  if (!hasMethods(exported, ['close'])) return undefined
  return async () => void (await exported.close())
}

/** A guest that is made when it is prepared or first called; after that it costs nothing. */
function whenReady(label: string, make: () => Promise<Application>): NodeGuest {
  let making: Promise<Application> | undefined
  let made: Application | undefined
  const ready = async (): Promise<Application> => {
    making ??= make()
    made = await making
    return made
  }
  return {
    label,
    application: (environ, startResponse) =>
      made === undefined
        ? ready().then((application) => application(environ, startResponse))
        : made(environ, startResponse),
    prepare: async () => void (await ready()),
  }
}
