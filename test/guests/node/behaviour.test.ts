/**
 * The behaviour that the frameworks' own suites check, as tables: each case is asked on `node:http` and of the guest on
 * the gateway server, on `node:http` and as a fetch handler, and must be answered alike.
 */
import express from 'express'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromNodeHandler, type NodeHandler } from '../../../packages/server/src/guests/node-handler.ts'
import { comparable } from '../../support/comparable.ts'
import { fetchHost, gatewayHost, type Host, nodeHome, nodeHost } from '../../support/hosts.ts'
import type { TableRequest } from '../../support/raw-exchange.ts'
import { expressCases } from './cases/express.ts'
import { FASTIFY_CASES, fastifySite } from './cases/fastify.ts'
import { KOA_CASES } from './cases/koa.ts'
import { express4 } from './express4.ts'

interface Suite {
  readonly name: string
  readonly handler: () => NodeHandler | Promise<NodeHandler>
  readonly cases: ReadonlyArray<{ readonly name: string; readonly request?: Partial<TableRequest> }>
  /** Cases that differ, and why: docs/guests.md has the same list. */
  readonly differs: Readonly<Record<string, string>>
  /** Cases that no Request can bring. */
  readonly onSocket?: readonly string[]
}

const TRAILERS = 'the contract has no trailers: the header Trailer and what it announces are taken off'
const PATH = 'a path with a malformed escape is answered by the server and reaches no application (C16)'
const CUT = 'a handler that destroys its response before the head gets its client a 500, where node:http says nothing'

const SUITES: readonly Suite[] = [
  {
    name: 'Express 5',
    handler: () => expressSite(express),
    cases: expressCases(express),
    differs: { 'a router, a bad escape': PATH },
  },
  {
    name: 'Express 4',
    handler: () => expressSite(express4),
    cases: expressCases(express4),
    differs: { 'a router, a bad escape': PATH },
  },
  {
    name: 'Koa',
    handler: koaSite,
    cases: KOA_CASES,
    differs: { 'body: a file that is none': CUT },
    onSocket: ['URL'],
  },
  { name: 'Fastify', handler: fastifyHandler, cases: FASTIFY_CASES, differs: { trailers: TRAILERS } },
]

function expressSite(framework: typeof express): NodeHandler {
  const app = framework().set('env', 'production').set('subdomain offset', 2)
  for (const [index, { handlers }] of expressCases(framework).entries()) app.use(`/case/${index}`, ...handlers)
  return app
}

function koaSite(): NodeHandler {
  const app = new Koa()
  app.silent = true
  app.use((context, next) => KOA_CASES[Number(/^\/case\/(\d+)/.exec(context.path)?.[1])]?.middleware(context, next))
  return app.callback()
}

async function fastifyHandler(): Promise<NodeHandler> {
  const app = fastifySite()
  await app.ready()
  return (request, response) => app.routing(request, response)
}

function requestOf(suite: Suite, index: number): TableRequest {
  const { target = '', ...rest } = suite.cases[index]?.request ?? {}
  return { ...rest, target: `/case/${index}${target}` }
}

// Express logs what its own handler answers. In production that is without the stack, which is another on every host.
vi.spyOn(console, 'error').mockImplementation(() => undefined)

describe.each(SUITES)('$name', (suite) => {
  const cases = suite.cases.map(({ name }, index) => ({ name, index }))
  let home: Host
  let hosts: Record<'gateway' | 'node' | 'fetch', Host>

  beforeAll(async () => {
    const handler = await suite.handler()
    const application = fromNodeHandler(handler)
    home = await nodeHome(handler)
    hosts = {
      gateway: await gatewayHost(application),
      node: await nodeHost(application),
      fetch: fetchHost(application),
    }
  })

  afterAll(async () => {
    await Promise.all([home, ...Object.values(hosts)].map((host) => host.close()))
  })

  describe.each(['gateway', 'node', 'fetch'] as const)('on the %s host', (which) => {
    const how = which === 'fetch' ? 'fields' : 'octets'
    const asked = cases.filter(({ name }) => which !== 'fetch' || suite.onSocket?.includes(name) !== true)
    const differing = (wanted: boolean) => asked.filter(({ name }) => (suite.differs[name] !== undefined) === wanted)

    it.each(differing(false))('answers as on node:http: $name', async ({ index }) => {
      const atHome = await home.ask(requestOf(suite, index))
      const asGuest = await hosts[which].ask(requestOf(suite, index))
      expect(comparable(asGuest, atHome, how)).toEqual(comparable(atHome, atHome, how))
    })

    it.each(differing(true))('differs as it is listed: $name', async ({ index }) => {
      const atHome = await home.ask(requestOf(suite, index))
      const asGuest = await hosts[which].ask(requestOf(suite, index))
      expect(asGuest.whole).toBe(true)
      expect(comparable(asGuest, atHome, how)).not.toEqual(comparable(atHome, atHome, how))
    })
  })
})
