/**
 * What a module exports, and how to run it. By what it has, never by how many parameters it declares; what it cannot tell
 * it does not guess (docs/decisions/0010-node-guests.md). Pure: nothing is started and no application is called.
 * Called by the loader, once per worker.
 */
import type { Application } from '@tsgi/contract'
import { fetchLabel, hasFetch, hasMethods } from './detect/fetch-shapes.ts'
import { watched } from './detect/interface-check.ts'
import { isHttp2Server, nodeGuest, serverGuest } from './detect/node-shapes.ts'
import { parameterHint } from './detect/parameter-names.ts'
import { fromFetchHandler } from './fetch-handler.ts'
import { fromNodeHandler } from './node-handler.ts'

/** The value of `--interface`. */
export type GuestInterface = 'tsgi' | 'node' | 'fetch'

export interface Detected {
  readonly interface: GuestInterface
  readonly application: Application
  /** For the first line of a server: `'Express 5'`, `'a contract application'`. */
  readonly label: string
  /**
   * Makes the application ready, as its framework asks for before the first request; the first request does it otherwise.
   * A worker that calls it before it takes connections learns of plugins that fail. Rejects with the framework's error.
   */
  readonly prepare?: (() => Promise<void>) | undefined
  /** Runs what the framework has for the end of the application. To be called after the last answer. */
  readonly close?: (() => Promise<void>) | undefined
}

export interface Undetected {
  readonly interface: undefined
  /** What it is instead, and the way out: one line, to follow the name of what was exported. */
  readonly reason: string
}

/**
 * @param wanted what the operator says that it is. Without it a function that no framework made is a contract
 *   application, and is watched until it has proven to be one: if its first call looks like another interface's, it
 *   fails with an error that names `--interface`.
 */
export function detect(exported: unknown, wanted?: GuestInterface): Detected | Undetected {
  if (wanted === 'tsgi') return asContract(exported)
  if (wanted === 'node') return asNode(exported)
  if (wanted === 'fetch') return asFetch(exported)
  const known = knownNode(exported) ?? (hasFetch(exported) ? asFetch(exported) : undefined)
  if (known !== undefined) return known
  if (isFunction(exported) && !isRouter(exported) && !isClass(exported))
    return contract(exported as Application, watched(exported as Application), parameterHint(exported)) // or so it is taken
  return unrecognised(exported)
}

function asContract(exported: unknown): Detected | Undetected {
  // Whether it keeps the contract shows when it is called.
  if (isFunction(exported) && !isClass(exported)) return contract(exported as Application)
  return { interface: undefined, reason: `is ${describe(exported)}, and a contract application is a function` }
}

/**
 * @param exported what was exported, with the ends of its life.
 * @param application what is called for a request.
 * @param hint follows the label.
 */
function contract(exported: Application, application = exported, hint = ''): Detected {
  const detected = { interface: 'tsgi', application, label: `a contract application${hint}` } as const
  // What listens by itself is another framework's, whose start() would do so.
  if (hasMethods(exported, ['listen'])) return detected
  return {
    ...detected,
    prepare: async () => {
      await exported.start?.()
    },
    close: async () => {
      if (hasMethods(exported, ['close'])) await exported.close?.()
      else await exported[Symbol.asyncDispose]?.()
    },
  }
}

function asNode(exported: unknown): Detected | Undetected {
  const known = knownNode(exported)
  if (known !== undefined) return known
  if (isFunction(exported) && !isClass(exported)) {
    return { interface: 'node', application: fromNodeHandler(exported), label: 'a (request, response) handler' }
  }
  if (isHttp2Server(exported)) return unrecognised(exported)
  return { interface: undefined, reason: `is ${describe(exported)}, and not a (request, response) handler` }
}

function knownNode(exported: unknown): Detected | undefined {
  const guest = serverGuest(exported) ?? nodeGuest(exported)
  return guest === undefined ? undefined : { interface: 'node', ...guest }
}

function asFetch(exported: unknown): Detected | Undetected {
  if (hasFetch(exported)) {
    return { interface: 'fetch', application: fromFetchHandler(exported), label: fetchLabel(exported) }
  }
  if (isFunction(exported) && !isClass(exported)) {
    // The operator says so; what it returns is checked.
    const handler = exported as Parameters<typeof fromFetchHandler>[0]
    return { interface: 'fetch', application: fromFetchHandler(handler), label: 'a fetch handler' }
  }
  return { interface: undefined, reason: `is ${describe(exported)}, and has no fetch(request)` }
}

function unrecognised(exported: unknown): Undetected {
  if (isRouter(exported)) {
    return { interface: undefined, reason: 'is an Express router, which needs an application: express().use(router)' }
  }
  if (isClass(exported)) return { interface: undefined, reason: 'is a class: export an instance of it' }
  if (isHttp2Server(exported)) {
    const way = 'export its (request, response) handler, and say --interface node, or an http.Server'
    return { interface: undefined, reason: `is an HTTP/2 server, which has connections of its own: ${way}` }
  }
  if (exported instanceof Promise) {
    return { interface: undefined, reason: 'is a promise: export what it resolves to, with a top-level await' }
  }
  const known =
    'a contract application, Express, Koa, Fastify, Connect, Nest, hapi, Polka, tinyhttp, restana, Hono, h3 or another object with fetch()'
  return { interface: undefined, reason: `is ${describe(exported)}, which is not one of: ${known}` }
}

/** What `class` has made cannot be called; its `prototype` cannot be replaced either. */
function isClass(exported: unknown): boolean {
  return isFunction(exported) && Object.getOwnPropertyDescriptor(exported, 'prototype')?.writable === false
}

/** Of Express: called without `next` it fails for every path it does not know. */
function isRouter(exported: unknown): boolean {
  return isFunction(exported) && hasMethods(exported, ['handle', 'use', 'param', 'route']) && 'stack' in exported
}

function isFunction(value: unknown): value is (...given: unknown[]) => unknown {
  return typeof value === 'function'
}

function describe(value: unknown): string {
  if (isClass(value)) return 'a class'
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object') return `a ${typeof value}`
  const keys = Object.keys(value).slice(0, 5)
  return keys.length === 0 ? 'an object without keys' : `an object with ${keys.join(', ')}`
}
